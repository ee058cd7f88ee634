"""Why something fails and what to do about it, in English."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

WORDS: Final = MappingProxyType(
    {
        "cause.throttled": "too many requests, we are held back",
        "cause.signature": "the signature is not accepted; check the access key's secret",
        "cause.credentials": "the credentials are not accepted; check key, token and their expiry",
        "cause.permission": "these credentials may not do this; check the account's permissions",
        "cause.clock": "this machine's clock and the server's are too far apart",
        "cause.address": "the address is wrong or not allowed; check endpoint, region and project",
        "cause.dns": "the host's name cannot be resolved",
        "cause.tls": "no trusted TLS connection can be made",
        "cause.connection": "no connection, or it broke",
        "cause.timeout": "no answer in time",
        "cause.unavailable": "the server says that it cannot serve now",
        "cause.redirect": "the server redirects us, which is never followed; check the address",
        "cause.garbled": "the answer cannot be understood",
        "cause.too-large": "the answer is larger than allowed",
        "cause.empty": "the answer holds none of the jobs that were there before",
        "cause.listing": "the list of jobs came in part and cannot be believed",
        "cause.refused": "it refuses our requests",
        "cause.broken": "a fault of the watcher itself; its log says where, please report it",
        "cause.retry": "it fails again and again",
        "cause.rejected": "it rejects this message",
        "cause.too-long": "it finds this message too long",
        "cause.late": "messages have been waiting for too long",
        "cause.store-full": "the disk of its store is full; make room there",
        "cause.store-fails": "the disk of its store fails; look at the disk and its mount",
        "cause.store-read-only": "its store may not be written; look at its mount and its rights",
        "cause.store-locked": "another process keeps its store locked; find and end it",
        "cause.store-damaged": "its store is damaged; put a backup in its place",
        "cause.store-unusable": "its store cannot be written",
        # What to do when a source cannot be seen.
        "blind.cause.throttled": (
            "too many requests, the API holds us back; raise `interval` of this source, "
            "or find out who else uses the account"
        ),
        "blind.cause.clock": (
            "this machine's clock and the server's are too far apart; set this one right"
        ),
        "blind.cause.clock.fast": (
            "this machine's clock is off by {seconds} s ({span} fast); set it right"
        ),
        "blind.cause.clock.slow": (
            "this machine's clock is off by {seconds} s ({span} slow); set it right"
        ),
        "blind.cause.dns": (
            "the host's name cannot be resolved; check `endpoint` and this machine's DNS"
        ),
        "blind.cause.tls": (
            "no trusted TLS connection can be made; "
            "check the server's certificate, its authority and this machine's clock"
        ),
        "blind.cause.connection": (
            "no connection, or it broke; check the network, the proxy and whether the API is up"
        ),
        "blind.cause.timeout": (
            "no answer in time; check the network, or raise `interval` of this source"
        ),
        "blind.cause.unavailable": (
            "the server says that it cannot serve now; it must be mended there"
        ),
        "blind.cause.garbled": (
            "the answer cannot be understood or broke off; "
            "a proxy or a login page between us and the API may have made it"
        ),
        "blind.cause.too-large": (
            "the answer is larger than allowed; lower `batch_size` of this source"
        ),
        "blind.cause.empty": (
            "the answer holds none of the jobs that were there before; check the project "
            "and the permissions, or take jobs that are gone out of the file"
        ),
        "blind.cause.refused": "the API refuses our requests; the detail says why",
        # What to do when a receiver refuses us.
        "refusal.keyword": (
            "the robot's keyword is not in our text; "
            "set `keyword` of this channel to one of the robot's keywords"
        ),
        "refusal.sign": (
            "the robot does not accept our signature; "
            "set `secret` of this channel to the robot's SEC… text"
        ),
        "refusal.timestamp": "the robot finds our time stamp wrong; check this machine's clock",
        "refusal.ip": (
            "the robot does not accept this machine's address; add it to the robot's IP list"
        ),
        "refusal.security": (
            "the robot's security settings refuse us; "
            "compare its keywords, signature and IP list with this channel"
        ),
        "refusal.token": (
            "the robot does not exist, is stopped or left its group; check `url` of this channel"
        ),
        "refusal.webhook": (
            "the Slack webhook or its conversation is gone or closed to us; "
            "make a new one and set `url`"
        ),
        "refusal.mention": (
            "Slack does not know one of those to be mentioned; check `mentions` of this channel"
        ),
        "refusal.redirect": (
            "the receiver redirects us, which is never followed; set `url` to the final address"
        ),
        "refusal.unauthorized": (
            "the receiver does not accept our credentials; check `url` and `headers`"
        ),
        "refusal.forbidden": "the receiver forbids it; check `url`, `secret` and its address list",
        "refusal.not-found": "nothing takes messages at this address; check `url`",
        "refusal.gone": "the receiver is gone for good; set another `url` or remove the channel",
        "refusal.proxy": "a proxy between wants credentials; check the proxy's settings",
        "refusal.not-implemented": "the receiver does not do what we ask for; check `url`",
        "throttle": "the receiver is asked too often",
        "throttle.quota": "the robot's quota of calls is used up; raise the plan or send less",
        "retry.busy": "the receiver is busy or failing",
        "retry.garbled": (
            "the answer is not one of this receiver's; something between us may have answered"
        ),
        "retry.status": "the receiver could not take it now",
        "rejected": "the receiver rejects this message",
        "rejected.unknown": "the receiver answers with a code that we do not know",
        "rejected.content": "the receiver does not like this message's text or links",
        "rejected.conflict": "the receiver has something else under this id",
        "too-long": "the message is too long for the receiver",
        "outcome.detail": "{words} · {said}",
        # What other rooms say of what they met, word for word as they say it.
        "said.listing": "listing the jobs failed: ",
        "said.html": " with an HTML page, not from the API itself",
        "said.redirects": "; redirects are never followed, because the signature would follow them",
        "said.signature": "; check access_key_secret and signature",
        "said.clock.fast": "; our clock is off by {seconds} s (fast, {span})",
        "said.clock.slow": "; our clock is off by {seconds} s (slow, {span})",
        "said.unreadable": "the answer (HTTP 200, {bytes} bytes) is ",
        "said.listed": "ListJob listed {listed} jobs of {total}",
        "said.listing-changed": "the number of jobs changed while they were listed",
        "said.busy": "{n} requests of this source are still unanswered",
        "said.peace": "the API asked to be left alone, for another {span}",
        "said.broke": "the watcher broke over an answer; the lines loop_broke of its log say where",
        "said.no-time": "no time was left to ask",
        "said.dns": "the name of {host} cannot be resolved",
        "said.tls": "no trusted TLS connection to {host}: ",
        "said.proxy": "the proxy for {host} cannot be reached or refused",
        "said.connection": "no connection to {host}: ",
        "said.connection-late": "no connection to {host} within {within}",
        "said.answer-late": "no answer from {host} within {within}",
        "said.answer-part": "no whole answer from {host} within {within}",
        "said.broke-off": "{host} broke the connection off before it answered",
        "said.answer-broke-off": "the answer of {host} broke off or cannot be decompressed",
        "said.no-url": "the address on {host} is no URL that can be asked for",
        "said.no-address": "the address is no http:// or https:// URL with a host",
        "said.no-http": "what {host} answered is no HTTP",
        "said.character": "the request to {host} holds a character that HTTP cannot carry",
        "said.tls-ended": "{host} ended the TLS connection: ",
        "said.too-large": "the answer of {host} is larger than {bytes} bytes",
        "said.forbidden": "{host} leads to {address}, ",
        "said.meant": (
            '; if that is meant, write allow_addresses = ["{address}"] at the top of the file'
        ),
        "said.gave-up": "gave up after {span}",
        "said.store-damaged": (
            "the file is damaged or is no watcher database; it has been left as it is. "
            "Put a backup in its place, or move it away to begin anew"
        ),
        "said.store-full": "the disk is full; make room: nothing has been saved since",
        "said.store-fails": "the disk fails reading or writing; look at the disk and its mount",
        "said.store-rights": (
            "it may not be written; check the rights on the file and its directory"
        ),
        "said.store-read-only": "its file system is read-only; look at its mount",
        "said.store-open": "it cannot be opened; check the rights on the file and its directory",
        "said.store-locked": "another process keeps it locked; find it with `fuser` and end it",
        "said.store-tables": (
            "its tables are not those of this watcher; let `watcher run` migrate it"
        ),
    }
)
