"""What it takes to have the intelligence here or there: assumptions, to be replaced."""

from pydantic import Field

from blink.target.setting import Setting


class Hosting(Setting):
    """Assumptions of `blink advise`, each of which is shown beside what follows from it.

    A field's description says what it means and where its value comes from. Prices are in the
    target's currency.
    """

    is_web: bool = Field(default=True, description="users come by a web page")
    has_network: bool = Field(default=True, description="there is a connection in every use")
    may_send: bool = Field(default=True, description="pictures of eyes may leave the device")
    round_trip_ms: float = Field(
        default=60, gt=0, description="to a server and back; assumption: 4G, the same country"
    )
    uplink_kbit_s: float = Field(
        default=1000, gt=0, description="what a user can send; assumption: a weak mobile connection"
    )
    crop_bytes: float = Field(
        default=1500, gt=0, description="one eye as it is sent; assumption: a JPEG of 64×64 pixels"
    )
    cpu_hour: float = Field(
        default=0.04, ge=0, description="one virtual CPU for an hour; assumption: a large cloud"
    )
    busy_share: float = Field(
        default=0.3, gt=0, le=1, description="of rented hours that are worked; assumption"
    )
    request_ms: float = Field(
        default=0.5,
        ge=0,
        description="a server's CPU for one frame's request beside the graph; "
        "assumption: TLS, HTTP, unpacking",
    )
    gb_out: float = Field(
        default=0.08, ge=0, description="a gigabyte sent to users; assumption: a large cloud"
    )
    browser_slowdown: float = Field(
        default=2.5,
        ge=1,
        description="of the same graph in a page; assumption: WebAssembly with SIMD, one thread",
    )
    browser_kb: float = Field(
        default=3500,
        ge=0,
        description="what a page loads beside the model; assumption: ONNX Runtime Web, compressed",
    )
    uses_per_download: float = Field(
        default=100, ge=1, description="until a browser has to load it again; assumption"
    )
    update_page_days: float = Field(
        default=1, gt=0, description="until users have a new model in a page; their next visit"
    )
    update_device_days: float = Field(
        default=14,
        gt=0,
        description="until nine of ten users have a new version; assumption: "
        "an app's review, then updates at night",
    )
    update_cost: float = Field(
        default=500,
        ge=0,
        description="of publishing a version on devices; assumption: a day's work",
    )
    updates_per_year: float = Field(default=4, gt=0, description="new models; assumption")
    users: float = Field(default=10_000, ge=1, description="who share the updates; assumption")
