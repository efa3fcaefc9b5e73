// @ts-check
// Everything that runs on the page, once its components are there.
import "./source/source.js";
import "./chat/chat.js";
import "./chat/reading_place.js";
import "./many/many.js";
import "./chat/conversation_list.js";
import "./chat/shared_answer.js";
import "./gold/gold_dialog.js";
import "./shared/settings.js";
import "./search/search.js";
import "./people/people.js";
import "./lookup/lookup_actions.js";
import "./library/library_dialogs.js";
import "./library/library_adding.js";
import "./evaluation/evaluation.js";
import "./gold/gold_list.js";
import "./shared/shortcuts.js";
