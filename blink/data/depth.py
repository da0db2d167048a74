"""The bit depth of cameras whose pictures lie in files of 16 bits: the option `--bits`."""

from typing import Final

from blink.contract import ConfigError

HELP: Final = (
    "Of pictures of 16 bits: how many of them the camera has, such as 10, 12 or 14; the upper "
    "eight are kept. All 16 if left out, and then dark ones are refused."
)


def check_bits(bits: int | None) -> None:
    """Checks what `blink.data.images.decode_foreign` is to be told.

    Raises:
        ConfigError: It is no depth of a picture of 16 bits: 9 to 16, or None for all of them.
    """
    if bits is not None and not 8 < bits <= 16:
        raise ConfigError(f"--bits {bits}: of 16 bits a camera has 9 to 16.")
