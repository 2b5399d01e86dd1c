#!/usr/bin/env python3
"""Writes the vectors acts.hex beside this file: bodies of the changes that do something with a record as a whole.

A second, separate writing of what core/model/body.h and core/model/act.h say: plain Python, no library of the project. The C test
reads the file; `acts.py --check` compares it with a new run. Everything in them is invented.
"""
import pathlib
import sys

FINAL, DELETED = 991, 990
FINALISE, AMEND, DECLINE = 1, 2, 3
DELETE, RESTORE = 1, 2
MEETING, PLACE = 22, 7


def number(value):
    return bytes([value]) if value < 128 else bytes([0xCC, value]) if value < 256 else b"\xcd" + value.to_bytes(2, "big")


def text(value):
    raw = value.encode()
    return bytes([0xA0 | len(raw)]) + raw if len(raw) < 32 else bytes([0xD9, len(raw)]) + raw


def array(items):
    assert len(items) < 16
    return bytes([0x90 | len(items)]) + b"".join(items)


def ident(fill):
    return b"\xc4\x10" + bytes([fill]) * 16


def act(what, *changes):
    return array([number(what), array([ident(fill) for fill in changes])])


def edit(field, value, *bases):
    return array([number(field), value, array([ident(fill) for fill in bases])])


def body(reason, *edits, group=None):
    parts = [number(1) + ident(0xC1), number(2) + ident(0xD2), number(3) + number(MEETING), number(4) + array(list(edits))]
    if group:
        parts.append(number(5) + ident(group))
    if reason:
        parts.append(number(6) + text(reason))
    return bytes([0x80 | len(parts)]) + b"".join(parts)


# 0x11 and 0x22 made the record; 0x33 is the finalising change, 0x44 a proposal, 0x55 a delete.
vectors = {
    "finalise": body("", edit(PLACE, text("Room 1"), 0x11), edit(FINAL, act(FINALISE, 0x11, 0x22)), group=0x77),
    "amend": body("It was the hall", edit(PLACE, text("Hall"), 0x33, 0x44), edit(FINAL, act(AMEND, 0x44), 0x33)),
    "decline": body("The booking says room 1", edit(FINAL, act(DECLINE, 0x44), 0x33)),
    "delete": body("Recorded twice", edit(DELETED, act(DELETE, 0x11, 0x22))),
    "restore": body("It was not", edit(DELETED, act(RESTORE), 0x55)),
}
lines = ["# Written by acts.py: bodies of acts (core/model/act.h). All of it is invented."]
lines += [f"{name} {value.hex()}" for name, value in vectors.items()]
out = "\n".join(lines) + "\n"
path = pathlib.Path(__file__).with_suffix(".hex")
if sys.argv[1:] == ["--check"]:
    sys.exit(0 if path.read_text() == out else "acts.hex is not what acts.py writes")
path.write_text(out)
