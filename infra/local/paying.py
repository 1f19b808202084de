"""What local mode tells of its provider of QRIS codes, which is a process of its own (infra.local.qris)."""

from __future__ import annotations

import json

from infra.local.keys import Keys
from infra.local.ports import HOST, Ports

NAME = "bank-lokal"
CLIENT = "wlijo-lokal"


def for_ordering(ports: Ports, keys: Keys) -> dict[str, str]:
    """QRIS_PROVIDERS: its keys were made at the first start, and are nobody else's."""
    profile = {
        "name": NAME,
        "base_url": f"http://{HOST}:{ports.qris}",
        "client_id": CLIENT,
        "client_secret": keys.qris_secret.read_text().strip(),
        "private_key": keys.qris.read_text(),
        "partner_id": CLIENT,
        "merchant_id": "00007100010926",
        "merchant_class": "MICRO",
        "refunds": "PARTIAL",
        "lists_refunds": True,
        "notified_by": "RSA",
        "public_key": keys.qris.with_name("qris-provider.pub.pem").read_text(),
    }
    return {"QRIS_PROVIDERS": json.dumps([profile])}


def for_provider(ports: Ports, keys: Keys) -> dict[str, str]:
    gateway = f"http://{HOST}:{ports.gateway}"
    return {
        "QRIS_BANK_KEY_FILE": str(keys.qris.with_name("qris-provider.pem")),
        "QRIS_BANK_CLIENT_KEY_FILE": str(keys.qris_public),
        "QRIS_BANK_SECRET_FILE": str(keys.qris_secret),
        "QRIS_BANK_NOTIFY_URL": f"{gateway}/payments/v1/snap/{NAME}/v1.0/qr/qr-mpm-notify",
    }
