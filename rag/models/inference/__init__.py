"""Networks for the processor: converted to OpenVINO once, cached, and run without torch."""
