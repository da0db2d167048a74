"""`blink bundle`: one module for each verb, imported when it is asked for."""

from typing import Final

from blink.cli.verbs import group

VERBS: Final = {
    "verify": "blink.cli.bundle.verify:verify",
    "show": "blink.cli.bundle.show:show",
    "diff": "blink.cli.bundle.diff:diff",
    "attach": "blink.cli.bundle.attach:attach",
    "keys": "blink.cli.bundle.keys:keys",
    "sign": "blink.cli.bundle.sign:sign",
    "pack": "blink.cli.bundle.pack:pack",
    "unpack": "blink.cli.bundle.unpack:unpack",
}
"""Verb → where it is, in the order of the way from an export to a product."""

bundle = group(
    "bundle",
    VERBS,
    "Verify, show, compare, sign and pack bundles: the folders that ship.\n\n"
    "docs/bundle.md says what is in one and what is refused.",
)
