"""What runs inside a kernel: standard library and msgspec only, no other room of ours."""
