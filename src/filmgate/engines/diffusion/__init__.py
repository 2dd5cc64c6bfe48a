"""Open-weight video models through Hugging Face diffusers. Only what runs in the child imports PyTorch."""
