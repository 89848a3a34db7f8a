"""Which addresses a webhook may lead to: public ones, since whoever adds one chooses where this service connects."""

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

# Of IPv6, only global unicast; beside it lie the ranges that carry an IPv4 address inside (mapped, NAT64 and so on).
GLOBAL_UNICAST = IPv6Network("2000::/3")
# Within it, two that carry one as well: Teredo with other assignments of its kind, and 6to4.
CARRIERS = (IPv6Network("2001::/23"), IPv6Network("2002::/16"))
# Public by their numbers only: what clouds answer their machines at, Oracle's (IETF assignments) and Azure's.
HOSTS_OWN = (IPv4Network("192.0.0.0/24"), IPv4Network("168.63.129.16"))


def may_be_called(address: str, *, loopback: bool) -> bool:
    """`may_be_called("93.184.215.14", loopback=False)`; not 10.0.0.1, 169.254.169.254, ::ffff:93.184.215.14 or ::1.

    With `loopback`, which is for development, 127.0.0.1 and ::1 too. A text that is no address may not.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if ip.is_loopback:
        return loopback
    if ip.is_multicast or not ip.is_global:
        return False
    return _is_plain(ip) if isinstance(ip, IPv6Address) else not any(ip in network for network in HOSTS_OWN)


def _is_plain(ip: IPv6Address) -> bool:
    return ip in GLOBAL_UNICAST and ip.scope_id is None and not any(ip in carrier for carrier in CARRIERS)
