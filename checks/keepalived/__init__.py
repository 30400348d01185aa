"""keepalived and other VRRP."""
