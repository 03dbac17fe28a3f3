"""The table of licence policies, of a plan or of one contract. Pure."""

from typing import Annotated

from pydantic import AfterValidator, model_validator

from torhaus.journeys.import_data import cells
from torhaus.journeys.import_data.cells import shown
from torhaus.journeys.import_data.customer_tables import OptionalContractNumber
from torhaus.journeys.import_data.rows import OptionalKey, Row, YesNo, counted, may, one_of, plain, reader
from torhaus.licensing.policy_rules import (
    CHECK_HOURS,
    ENVIRONMENTS,
    LEASE_SECONDS,
    MOST_CHECKSUMS,
    MOST_PERCENT,
    MOST_PLACES,
    OFFLINE_GRACE_DAYS,
    Flaw,
    flaws,
)

Places = Annotated[int | None, reader(cells.read_whole, empty=None, most=MOST_PLACES)]


def _lower(value: list[str]) -> list[str]:
    return [one.lower() for one in value]


MESSAGES = {
    Flaw.PERCENT_NEEDED: "overage percent needs overage_percent, from 1 to 100",
    Flaw.VERSION: "expected a version that begins with a number, such as 34.1",
    Flaw.VERSIONS_CROSSED: "expected maximum_version not before minimum_version",
    Flaw.ENVIRONMENT: f"expected environments of {', '.join(ENVIRONMENTS)}",
    Flaw.CHECKSUM: "expected SHA-256 checksums of 64 hexadecimal digits each",
    Flaw.TOO_MANY: f"expected at most {MOST_CHECKSUMS} checksums",
}


class PolicyRow(Row):
    """How a licence is enforced: the policy of all contracts with a plan, or one contract's own, which stands before it."""

    plan: OptionalKey = may("key of the plan whose policy it is; or contract instead", None)
    contract: OptionalContractNumber = may("number of the contract whose policy it is; or plan instead", None)
    model: Annotated[str, one_of("node_locked", "floating", "unlimited")] = may(
        "node_locked counts machines, floating counts simultaneous uses, unlimited counts nothing", "unlimited"
    )
    max_installations: Places = may("how many machines; without it any number", None)
    max_leases: Places = may("floating: how many simultaneous uses; without it any number", None)
    per_unit: YesNo = may("both counts are for each booked unit of the plan", default=False)
    lease_seconds: Annotated[int, counted(LEASE_SECONDS[1], LEASE_SECONDS[0])] = may(
        "floating: how long a place is held without another sign of life", 600
    )
    test_installations: Places = may(
        "how many test installations do not count; without it what the support packages bring", None
    )
    overage: Annotated[str, one_of("refuse", "percent", "report")] = may(
        "beyond a limit: refuse, percent (allowed up to overage_percent) or report (allowed and told)", "refuse"
    )
    overage_percent: Annotated[int, counted(MOST_PERCENT)] = may("up to how much more is allowed", 0)
    after_grace: Annotated[str, one_of("read_only", "stop")] = may(
        "when licence and grace are over: read_only or stop", "read_only"
    )
    fallback: YesNo = may("versions published before the end go on running after it", default=False)
    matching: Annotated[str, one_of("any", "most", "all")] = may(
        "how many parts of a fingerprint have to fit: any, most or all", "most"
    )
    minimum_version: Annotated[str, plain(40)] = may("first version that may run")
    maximum_version: Annotated[str, plain(40)] = may("last version that may run")
    environments: Annotated[list[str], reader(cells.read_list, empty=[], most=20), AfterValidator(_lower)] = may(
        f"environments allowed, of {', '.join(ENVIRONMENTS)}; none given: any", []
    )
    checksums: Annotated[list[str], reader(cells.read_list, empty=[], most=64), AfterValidator(_lower)] = may(
        "SHA-256 of the builds allowed; none given: any", []
    )
    enforcement: Annotated[str, one_of("advise", "degrade", "block")] = may(
        "how a product treats a licence that is not valid: advise, degrade or block", "block"
    )
    check_hours: Annotated[int, counted(CHECK_HOURS[1], CHECK_HOURS[0])] = may("how often the product asks again", 24)
    offline_grace_days: Annotated[int, counted(OFFLINE_GRACE_DAYS[1])] = may(
        "how long an answer holds where the server cannot be reached", 14
    )
    offline_files: Annotated[str, one_of("any", "bound", "none")] = may(
        "offline licences: any (for any machine), bound (each to one machine, which it counts) or none", "any"
    )

    @model_validator(mode="after")
    def _agrees(self) -> "PolicyRow":
        if (self.plan is None) == (self.contract is None):
            raise ValueError("expected plan or contract, one of them")
        for name, flaw in flaws(self.model_dump()):
            raise ValueError(MESSAGES[flaw] + (f"; found {shown(str(getattr(self, name)))}" if flaw in SHOWN else ""))
        return self


SHOWN = {Flaw.VERSION}
