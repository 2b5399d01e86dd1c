#!/usr/bin/env python3
"""Writes the vector policy_release.hex beside this file: the body of a policy leaf (kind 9).

A second, separate writing of what core/model/body_policy.h says: plain Python, no library of the project. The C test reads the
file; `policy_release.py --check` compares it with a new run. The pack in it is invented and holds no rules.
"""
import hashlib
import pathlib
import sys


def text(value):
    raw = value.encode()
    return bytes([0xA0 | len(raw)]) + raw if len(raw) < 32 else bytes([0xD9, len(raw)]) + raw


def binary(value):
    return bytes([0xC4, len(value)]) + value


FILE = b'{"format":1,"policy":"eastmoor.support","version":"2026-1"}\n'
body = bytes([0x87])
for key, value in enumerate(
    [
        text("pack"),
        text("eastmoor.support"),
        text("2026-1"),
        binary(hashlib.sha256(FILE).digest()),
        binary(FILE),
        text("2026-12-01"),
        text("a version with a long name, 2025"),
    ],
    start=1,
):
    body += bytes([key]) + value

written = f"file {FILE.hex()}\nbody {body.hex()}\n"
path = pathlib.Path(__file__).with_name("policy_release.hex")
if "--check" in sys.argv:
    sys.exit(path.read_text() != written)
path.write_text(written)
