from pydantic import BaseModel, ConfigDict


class Setting(BaseModel):
    """Base of everything that a target's file says: fixed, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
