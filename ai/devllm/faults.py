"""What the stand-in does wrong on demand, by name."""

from __future__ import annotations

from enum import StrEnum

#: A model called ``dev-<fault>`` behaves like that, whatever the server was started with.
MODEL_PREFIX = "dev-"

#: The same in a header of the request.
HEADER = "x-dev-llm"


class Fault(StrEnum):
    """
    One way to fail.

    The first group answers with an error, the second breaks the stream, the third gives a whole answer that is
    wrong.
    """

    UNAUTHORIZED = "unauthorized"
    RATE_LIMITED = "rate-limited"
    RATE_LIMITED_ONCE = "rate-limited-once"
    RATE_LIMITED_HOUR = "rate-limited-hour"
    OVERLOADED = "overloaded"
    OVERLOADED_ONCE = "overloaded-once"
    BROKEN = "broken"
    TOO_LONG = "too-long"
    HTML = "html"

    CUT = "cut"
    NO_STOP = "no-stop"
    EMPTY = "empty"
    MAX_TOKENS = "max-tokens"
    REFUSAL = "refusal"
    BAD_JSON = "bad-json"
    BAD_ORDER = "bad-order"
    ERROR_EVENT = "error-event"
    SLOW = "slow"
    HANG = "hang"

    MALFORMED = "malformed"
    FENCED = "fenced"
    NO_END = "no-end"
    AFTER_END = "after-end"
    ENDLESS = "endless"
    TOO_MANY = "too-many"
    MISQUOTE = "misquote"
    FORBIDDEN = "forbidden"
    INVENTED = "invented"
    MISPLACED = "misplaced"
    GULLIBLE = "gullible"


#: What each does, for `docs/dev-llm.md` and the command.
MEANINGS = {
    Fault.UNAUTHORIZED: "401, whatever the key",
    Fault.RATE_LIMITED: "429 with `retry-after: 1`, always",
    Fault.RATE_LIMITED_ONCE: "the same for every other request",
    Fault.RATE_LIMITED_HOUR: "429 with `retry-after: 3600`",
    Fault.OVERLOADED: "529, always",
    Fault.OVERLOADED_ONCE: "the same for every other request",
    Fault.BROKEN: "500",
    Fault.TOO_LONG: "400, the prompt is too long",
    Fault.HTML: "200 with a page of a captive network",
    Fault.CUT: "the connection is cut in the middle of the answer",
    Fault.NO_STOP: "the stream ends in the middle, in good order, without `message_stop`",
    Fault.EMPTY: "the stream has no events at all",
    Fault.MAX_TOKENS: "the answer stops at its length limit",
    Fault.REFUSAL: "the model declines after some sentences",
    Fault.BAD_JSON: "an event whose data is not JSON",
    Fault.BAD_ORDER: "a delta of a block that was never begun",
    Fault.ERROR_EVENT: "an `error` event in the middle",
    Fault.SLOW: "a tenth of a second for each token",
    Fault.HANG: "silence after some sentences",
    Fault.MALFORMED: "prose instead of proposals, after a good one",
    Fault.FENCED: "the answer in a code fence",
    Fault.NO_END: "everything but the last line",
    Fault.AFTER_END: "one more proposal after the end",
    Fault.ENDLESS: "a line that does not end",
    Fault.TOO_MANY: "more proposals than asked for",
    Fault.MISQUOTE: "quotes that are not in the input, after a good proposal",
    Fault.FORBIDDEN: "what must not be quoted: as a quote, as the sentence, as the reason",
    Fault.INVENTED: "cites an input that does not exist, after a good proposal",
    Fault.MISPLACED: "follows a sentence that does not exist, after a good proposal",
    Fault.GULLIBLE: "whatever inputs tell it to answer: lines that begin with `ANSWER:`",
}


def fault_of_model(model: str) -> Fault | None:
    """
    Return the fault a model's name asks for.

    Raises:
        ValueError: If it asks for one that does not exist.
    """
    if not model.startswith(MODEL_PREFIX):
        return None
    return Fault(model.removeprefix(MODEL_PREFIX))
