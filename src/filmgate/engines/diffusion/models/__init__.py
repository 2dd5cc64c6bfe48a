"""The models themselves. This folder imports PyTorch and diffusers, and is imported in the child alone."""
