"""Requests to every method, made up: right ones, wrong ones, and bytes that are hardly a message. Equal seeds make equal ones."""

import math

from contract import Request

# Of which resource the field is that a name stands in, where it has not the resource's own name.
NAMED = {
    "GetEventRequest.name": "events",
    "BatchGetEventsRequest.names": "events",
    "GetEventsNearRequest.event": "events",
    "GetPlaceRequest.name": "places",
    "GetActorRequest.name": "actors",
    "GetCampRequest.name": "camps",
    "GetSourceRequest.name": "sources",
    "GetEventsNearRequest.place": "places",
    "GetEventsNearRequest.camp": "camps",
    "ListPlacesRequest.within": "places",
    "ListActorsRequest.within": "actors",
    "ListCampsRequest.within": "places",
    "all_actors": "actors",
    "claimants": "actors",
}
# What a read mask is of.
MASKED = {
    "GetEventRequest": "Event",
    "BatchGetEventsRequest": "Event",
    "ListEventsRequest": "Event",
    "GetEventsNearRequest": "Event",
    "ListDisputesRequest": "Dispute",
    "ListClaimsRequest": "Claim",
    "ListCampHandoversRequest": "CampHandover",
    "GetPlaceRequest": "Place",
    "ListPlacesRequest": "Place",
    "GetActorRequest": "Actor",
    "ListActorsRequest": "Actor",
    "GetCampRequest": "Camp",
    "ListCampsRequest": "Camp",
    "GetSourceRequest": "Source",
    "ListSourcesRequest": "Source",
}

# What a field may hold: what is right, and what is not.
DAYS = ["2023-10-09", "2023-10-01", "2023-11-30", "2012-01-01", "2024-02-01"], ["2023-02-30", "9 October", "2023-10"]
WORDS = ["Tombouctou", "Kidall", "kidal", "the UN mission", "camp", "CSP", "été"], ["x" * 300, "", "\N{BELL}"]
COUNTRIES = ["ML", "NE", "XX"], ["mali", "m"]
SIZES = [0, 1, 2, 7, 50, 1000, 1001], [-1, -(2**31)]
METRES = [0.0, 1.0, 1500.0, 150_000.0, 2e6], [3e7, -1.0, math.nan, math.inf]
ANGLES = {"latitude": (-5.0, 25.0), "longitude": (-12.0, 5.0)}
# How often what is wrong is taken.
WRONG = 0.04


class Asker:
    """Makes requests up, of the names that there are and some that there are not."""

    def __init__(self, random, contract, names):
        self.random, self.messages, self.methods, self.parts = random, contract.messages, contract.methods, contract.parts
        self.names = {kind: (all_of, [f"{kind}/nowhere", "nonsense", ""]) for kind, all_of in names.items()}

    def requests(self, each):
        """So many right or wrong ones of each method that answers at once, and half as many again that are damaged."""
        made = []
        for method in self.methods:
            if method in ("GetDataset", "WatchEvents"):
                # The one tells times, the other never ends: both are watched apart.
                continue
            whole = [self.message(getattr(self.messages, f"{method}Request")()) for _ in range(each)]
            made += [Request(method, message.SerializeToString()) for message in whole]
            made += [Request(method, self.damaged(message.SerializeToString())) for message in whole[: each // 2]]
        return list(dict.fromkeys(made))

    def message(self, message, likely=0.3):
        """Fills some fields in."""
        for field in message.DESCRIPTOR.fields:
            # What nobody leaves out.
            wanted = 0.98 if field.name in ("name", "names", *ANGLES) else likely
            if self.random.random() > wanted:
                continue
            if field.is_repeated:
                self.repeated(message, field)
            elif field.message_type and field.message_type.name == "FieldMask":
                fields = getattr(self.parts, MASKED[message.DESCRIPTOR.name]).DESCRIPTOR.fields_by_name
                right = [part for part in fields if part not in ("text", "cited_spans")]
                message.read_mask.paths.extend({self.pick(right, ["nonsense", "time.edtf", "*"]) for _ in range(3)})
            elif field.message_type:
                part = getattr(message, field.name)
                part.SetInParent()
                # A filter of everything takes nothing; a shape without points is none.
                self.message(part, 0.12 if field.message_type.name == "EventFilter" else 0.9)
            else:
                setattr(message, field.name, self.value(message, field))
        return message

    def repeated(self, message, field):
        for _ in range(4 if field.message_type else self.random.choice([1, 1, 1, 2, 3])):
            if field.message_type:
                self.message(getattr(message, field.name).add(), 0.9)
            elif (value := self.value(message, field)) not in getattr(message, field.name):
                getattr(message, field.name).append(value)

    def pick(self, right, wrong):
        return self.random.choice(wrong if self.random.random() < WRONG else right)

    def value(self, message, field):
        name, of = field.name, message.DESCRIPTOR.name
        if field.enum_type:
            values = [value.number for value in field.enum_type.values]
            return self.pick(values[1:], [values[0], 4242])
        if field.cpp_type == field.CPPTYPE_BOOL:
            return self.random.choice([True, False])
        if field.cpp_type == field.CPPTYPE_DOUBLE:
            angle = name in ANGLES
            return self.pick([self.random.uniform(*ANGLES[name])], [91.0, 181.0, math.nan]) if angle else self.pick(*METRES)
        if field.cpp_type != field.CPPTYPE_STRING:
            return self.pick(*SIZES)
        kind = NAMED.get(f"{of}.{name}") or NAMED.get(name) or name
        if kind in self.names:
            return self.pick(*self.names[kind])
        if name.endswith(("_day", "as_of")):
            return self.pick(*DAYS)
        if name.endswith("token"):
            # Real ones are taken by walks.
            return self.pick([""], ["AAAA", "nonsense"])
        return self.pick(*COUNTRIES) if name == "country_code" else self.pick(*WORDS)

    def damaged(self, content):
        """Changes, drops, repeats or adds some bytes."""
        content = bytearray(content)
        for _ in range(self.random.randint(1, 2)):
            at = self.random.randint(0, len(content))
            change = self.random.randrange(4)
            if change == 0 and at < len(content):
                content[at] = self.random.randrange(256)
            elif change == 1:
                del content[at : at + self.random.randint(1, 8)]
            elif change == 2:
                content[at:at] = content[at : at + self.random.randint(1, 40)]
            else:
                content[at:at] = self.random.randbytes(self.random.randint(1, 8))
        return bytes(content)
