"""What products do with an intelligence, each as something that can be played through."""

from blink.target.products.count_blinks import CountBlinks
from blink.target.products.judge_picture import JudgePicture
from blink.target.products.long_closure import LongClosure
from blink.target.products.wait_for_open import WaitForOpen
from blink.target.products.wink import Wink

__all__ = ["CountBlinks", "JudgePicture", "LongClosure", "WaitForOpen", "Wink"]
