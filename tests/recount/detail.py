"""The page of one submission, as far as somebody may see it."""

from clocks import UNDECIDED
from rows import written

SELECTION = """
reference kind title text customerWords language phase shownPhase author { name } unit { code } function { code }
touchpoint { name } channel severity audience tags assignee { name } owner { name } promisedOn wakeOn
handover { function { code } state } canonicalReference mergedInto { reference } twinCount
twins(first: 9) { nodes { reference } } splitFrom { reference } parts { reference } reach voteCount viewerHasVoted
viewerFollows photoCount photos { fileName state } commentCount comments(first: 20) { nodes { text visibility author { name } } }
causes { source held cause { name parent { name parent { name } } } }
plan { progress { done total overdue } items { title status isOverdue dueOn assignee { name } function { code } checklist { text tickedAt } } }
trials { number guess measure state result learned startsOn endsOn startedBy { name } endedBy { name } }
outcomes { title kind unitOfMeasure direction isConfirmed target { value day } forecast { value day }
  actual { value day evidence reason confirmedBy { name } } history { stage value } }
adoptions { site { code } state message reason offeredBy { name } acceptedBy { name } closedAt outcomes { title isConfirmed } }
help { count viewerHelps viewerIsCoOwner offers { person { name } } coOwners { person { name } } }
pendingDecision { from to capacity decidedBy { name } seenAt }
revisions { revision title text } clocks { kind round state dueAt stoppedAt breached } respondBy sentBy
viewerCan { withdraw commentInternally review } allowedMoves { phase capacity }"""

CAPACITY = {"R": "REVIEWER", "M": "MANAGER", "A": "AUTHOR", "S": "SCHEDULER", "C": "CAUSE"}
PHASES = "SUBMITTED UNDER_REVIEW NEEDS_INFO DEFERRED ACCEPTED PLANNED IN_PROGRESS IMPLEMENTED SUSTAINED DECLINED MERGED WITHDRAWN".split()
STEPS = ("submission.sent", "submission.decided", "submission.announced")


class Detail:
    def __init__(self, rows, tellings, rights, causes, clocks):
        self.rows, self.told, self.rights, self.causes, self.clocks = rows, tellings, rights, causes, clocks
        self.texts = rows.of("submission_text", order=("revision",))
        self.tags = rows.of("submission_tag", order=("tag",))
        self.photos = rows.of("attachment", order=("created_at", "id"))
        self.follows = rows.of("follow")
        self.comments = rows.of("comment", order=("created_at", "id"))
        self.plans = rows.of("action_plan")
        self.items = rows.of("action_item", by="plan_id", order=("position",))
        self.checks = rows.of("action_check", by="item_id", order=("position",))
        self.trials = rows.of("trial", order=("number",))
        self.outcomes = rows.of("outcome", order=("created_at", "id"))
        self.figures = rows.of("outcome_figure", by="outcome_id", order=("number",))
        self.confirmed = {row["figure_id"]: row for row in rows.all["outcome_confirmation"]}
        self.adoptions = rows.of("adoption", order=("offered_at", "id"))
        self.helpers = rows.of("help", order=("created_at", "person_id"))
        self.seen = self.first_looks()
        self.touchpoints = rows.by_id("touchpoint")
        self.services = rows.by_id("service_principal")

    def first_looks(self):
        """When the author looked first: at what they sent, or at the notification that it was decided."""
        author = {row["id"]: self.rows.subs[row["submission_id"]]["author_id"] for row in self.rows.all["decision"]}
        looks = [(row["decision_id"], row["person_id"], row["seen_at"]) for row in self.rows.all["decision_seen"]]
        looks += [(row["decision_id"], row["person_id"], row["read_at"]) for row in self.rows.all["notification"] if row["read_at"]]
        first = {}
        for decision, person, at in looks:
            if decision and author[decision] == person:
                first[decision] = min(at, first.get(decision, at))
        return first

    def references(self, person, subs):
        return [{"reference": sub["reference"]} for sub in subs if self.rights.reads(person, sub)]

    def page(self, person, sub):
        """Everything that is selected above; null for who may not read it."""
        if not self.rights.reads(person, sub):
            return None
        self.person, self.sub, self.key = person, sub, sub["id"]
        self.inside = self.rights.works_on(person, sub)
        return {**self.words(), **self.place(), **self.people(), **self.joined(), **self.figures_of_it(), **self.talk(),
                "causes": self.why(), "plan": self.plan(), "trials": self.tried(), "outcomes": self.changes(self.own_outcomes(), self.sees_items()),
                "adoptions": self.copies(), "help": self.help(), "clocks": self.times(), "respondBy": self.respond_by(),
                "pendingDecision": self.held(), "viewerCan": self.may(), "allowedMoves": self.moves()}

    # ------------------------------------------------------------ words and place

    def words(self):
        wordings = [{"revision": row["revision"], "title": row["title"], "text": row["body"]} for row in self.texts[self.key]]
        now = next(row for row in self.texts[self.key] if row["id"] == self.sub["text_id"])
        all_of_them = self.inside or self.person == self.sub["author_id"]
        return {"reference": self.sub["reference"], "kind": self.sub["kind"], "title": now["title"], "text": now["body"],
                "customerWords": now["customer_words"], "language": self.sub["language"], "channel": self.sub["channel"],
                "severity": self.sub["severity"], "audience": self.sub["audience"], "tags": [row["tag"] for row in self.tags[self.key]],
                "revisions": wordings if all_of_them else [row for row in wordings if row["revision"] == now["revision"]]}

    def place(self):
        sub, shown = self.sub, self.told.shown[self.key]
        held = self.told.pending[self.key] is not None and not self.inside
        point = sub["touchpoint_id"]
        return {"phase": sub["phase"] if self.inside else shown, "shownPhase": shown, "unit": self.rows.code(sub["unit_id"]),
                "function": self.rows.code(sub["function_id"]), "touchpoint": {"name": self.touchpoints[point]["name"]} if point else None,
                "promisedOn": None if held else sub["promised_on"], "wakeOn": None if held else sub["wake_on"],
                "handover": {"function": self.rows.code(sub["function_id"]), "state": sub["handover"]}
                if self.inside and sub["handover"] else None}

    def people(self):
        sub = self.sub
        work = lambda who: self.rows.name(who) if self.inside else None
        sender = self.services.get(sub["sent_by"])
        return {"author": self.rows.name(sub["author_id"]), "assignee": work(sub["assignee_id"]), "owner": work(sub["owner_id"]),
                "sentBy": sender["name"] if sender else None}

    def joined(self):
        sub, person, subs = self.sub, self.person, self.rows.subs
        told = self.told.own[self.key] == "MERGED"
        into = subs[sub["merged_into"]] if sub["merged_into"] and (told or self.inside) else None
        twins = [row for row in subs.values() if row["merged_into"] == self.key and (self.told.own[row["id"]] == "MERGED" or self.inside)]
        twins.sort(key=lambda row: (row["created_at"], row["id"]), reverse=True)
        insider = self.inside or person == sub["author_id"]
        whole = subs.get(sub["split_from"])
        parts = sorted((row for row in subs.values() if row["split_from"] == self.key), key=lambda row: row["reference"])
        return {"canonicalReference": into["reference"] if into else None,
                "mergedInto": {"reference": into["reference"]} if into and self.rights.reads(person, into) else None,
                "twinCount": len(twins) if self.inside else None,
                "twins": {"nodes": self.references(person, twins)} if self.inside else None,
                "splitFrom": {"reference": whole["reference"]} if whole and insider and self.rights.reads(person, whole) else None,
                "parts": self.references(person, parts) if insider else []}

    def figures_of_it(self):
        votes, follows = self.rows.votes.get(self.key, ()), [row["person_id"] for row in self.follows[self.key]]
        count = self.told.voters(self.key)
        photos = [row for row in self.photos[self.key] if row["state"] == "READY"]
        return {"voteCount": count, "reach": count + 1, "viewerHasVoted": self.person in votes, "viewerFollows": self.person in follows,
                "photoCount": len(photos), "photos": [{"fileName": row["file_name"], "state": row["state"]} for row in photos]}

    def talk(self):
        said = self.comments[self.key]
        heard = [row for row in said if row["visibility"] == "PUBLIC" or self.inside]
        return {"commentCount": sum(row["visibility"] == "PUBLIC" for row in said),
                "comments": {"nodes": [{"text": row["body"], "visibility": row["visibility"], "author": self.rows.name(row["author_id"])} for row in heard]}}

    # ------------------------------------------------------------ causes and work

    def path(self, cause):
        """A cause with what it is part of, as far as somebody may see that."""
        def line(key, steps):
            if key is None or not self.causes.seen(self.person, key):
                return None
            row = self.rows.causes[key]
            return {"name": row["name"], **({"parent": line(row["parent_id"], steps - 1)} if steps else {})}
        return line(cause, 2)

    def why(self):
        links = [link for link in self.causes.of_sub[self.key] if link["decision_id"] not in self.causes.held or self.inside]
        return [{"source": link["source"], "held": link["decision_id"] in self.causes.held, "cause": self.path(link["cause_id"])} for link in links]

    def sees_items(self):
        """For those who work on it, co-owners, and whoever has an item, or answers for a function that has one."""
        plan = self.plans[self.key]
        mine = lambda item: item["assignee_id"] == self.person or item["function_id"] and self.rights.holds(self.person, "MANAGER", item["function_id"])
        has_one = any(mine(item) for row in plan for item in self.items[row["id"]])
        co_owner = any(row["person_id"] == self.person and row["state"] == "CO_OWNER" for row in self.helpers[self.key])
        return self.inside or has_one or co_owner

    def is_overdue(self, item):
        return bool(item["due_on"]) and item["due_on"] < str(self.clocks.time.today(self.rows.now)) and item["status"] in ("OPEN", "IN_PROGRESS")

    def plan(self):
        plan = next(iter(self.plans[self.key]), None)
        if plan is None or not (self.sees_items() or self.told.own[self.key] not in UNDECIDED):
            return None
        items = self.items[plan["id"]]
        wanted = [item for item in items if item["status"] != "DROPPED"]
        shown = [{"title": item["title"], "status": item["status"], "isOverdue": self.is_overdue(item), "dueOn": item["due_on"],
                  "assignee": self.rows.name(item["assignee_id"]), "function": self.rows.code(item["function_id"]),
                  "checklist": [{"text": line["body"], "tickedAt": written(line["ticked_at"])} for line in self.checks[item["id"]]]} for item in items]
        return {"progress": {"done": sum(item["status"] == "DONE" for item in wanted), "total": len(wanted), "overdue": sum(map(self.is_overdue, items))},
                "items": shown if self.sees_items() else None}

    def tried(self):
        if not self.sees_items():
            return []
        names = {"guess": "guess", "measure": "measure", "state": "state", "result": "result", "learned": "learned", "starts_on": "startsOn", "ends_on": "endsOn", "number": "number"}
        return [{**{field: row[column] for column, field in names.items()}, "startedBy": self.rows.name(row["created_by"]),
                 "endedBy": self.rows.name(row["ended_by"])} for row in self.trials[self.key]]

    def own_outcomes(self):
        return [row for row in self.outcomes[self.key] if row["adoption_id"] is None]

    def changes(self, outcomes, everything):
        """What it is to change, and did: for those who do the work all of it, for others what is confirmed."""
        shown = []
        for row in outcomes:
            figures = self.figures[row["id"]]
            last = lambda stage: next((figure for figure in reversed(figures) if figure["stage"] == stage), None)
            sure = next((figure for figure in reversed(figures) if figure["stage"] == "ACTUAL" and figure["id"] in self.confirmed), None)
            actual = last("ACTUAL") if everything else sure
            if not everything and sure is None:
                continue
            brief = lambda figure: {"value": figure["amount"] / 10_000, "day": figure["day"]} if figure else None
            by = self.confirmed.get(actual["id"]) if actual else None
            shown.append({
                "title": row["title"], "kind": row["kind"], "unitOfMeasure": row["measure"], "direction": row["direction"], "isConfirmed": by is not None,
                "target": brief(last("TARGET")), "forecast": brief(last("FORECAST")) if everything else None,
                "actual": {**brief(actual), "evidence": actual["evidence"] if everything else None, "reason": actual["reason"] if everything else None,
                           "confirmedBy": self.rows.name(by["person_id"]) if by and everything else None} if actual else None,
                "history": [{"stage": figure["stage"], "value": figure["amount"] / 10_000} for figure in figures] if everything else None})
        return shown

    def copies(self):
        """At which sites it works; every offer for who may offer it, and that to a site for those of the site."""
        offers = self.rights.decides(self.person, self.sub) or self.rights.manages(self.person, self.sub) or self.rights.holds(self.person, "EXECUTIVE", self.sub["unit_id"])
        shown = []
        for row in self.adoptions[self.key]:
            there = any(self.rights.holds(self.person, role, row["site_id"]) for role in ("MANAGER", "REVIEWER"))
            if not (offers or there or row["state"] == "ADOPTED"):
                continue
            all_of_it = offers or there
            outcomes = [it for it in self.rows.all["outcome"] if it["adoption_id"] == row["id"]]
            outcomes.sort(key=lambda it: (it["created_at"], it["id"]))
            full = self.changes(outcomes, there)
            shown.append({"site": self.rows.code(row["site_id"]), "state": row["state"], "message": row["message"] if all_of_it else None,
                          "reason": row["reason"] if all_of_it else None, "offeredBy": self.rows.name(row["offered_by"]) if all_of_it else None,
                          "acceptedBy": self.rows.name(row["accepted_by"]) if all_of_it else None, "closedAt": written(row["closed_at"]),
                          "outcomes": [{"title": it["title"], "isConfirmed": it["isConfirmed"]} for it in full] if there or row["state"] == "ADOPTED" else []})
        return shown

    def help(self):
        helpers = self.helpers[self.key]
        mine = [row for row in helpers if row["person_id"] == self.person]
        people = lambda state: [{"person": self.rows.name(row["person_id"])} for row in helpers if row["state"] == state] if self.inside else None
        return {"count": len(helpers), "viewerHelps": bool(mine), "viewerIsCoOwner": any(row["state"] == "CO_OWNER" for row in mine),
                "offers": people("OFFERED"), "coOwners": people("CO_OWNER")}

    # ------------------------------------------------------------ times, decisions

    def times(self):
        """How long the first answer and the decision may take; what was promised is compared as a list of its own."""
        return self.clocks.of(self.sub) if self.inside else None

    def respond_by(self):
        """Told while nobody has answered and the time has not passed."""
        due = self.clocks.running(self.sub).get("FIRST_RESPONSE")
        told = self.inside or self.person == self.sub["author_id"]
        return written(due) if told and due and due > self.rows.now and not self.clocks.paused(self.key) else None

    def held(self):
        held = self.told.pending[self.key]
        if held is None or not self.inside:
            return None
        return {"from": held["from_phase"], "to": held["to_phase"], "capacity": CAPACITY[held["letter"]],
                "decidedBy": self.rows.name(held["decider_id"]), "seenAt": written(self.seen.get(held["id"]))}

    def may(self):
        """The author takes back what nobody has decided on, as far as they know, also while a question is open; a
        reviewer decides on nothing of their own."""
        return {"withdraw": self.person == self.sub["author_id"] and "WITHDRAWN" in self.rights.own_moves(self.sub), "commentInternally": self.inside,
                "review": self.rights.decides(self.person, self.sub)}

    def moves(self):
        """In the order in which phases follow each other."""
        found = self.rights.moves(self.person, self.sub)
        return [{"phase": phase, "capacity": found[phase]} for phase in PHASES if phase in found]

    def history(self, person, sub):
        """How it went, step by step: when it was decided for those who work on it, when it was told for all."""
        key, steps = sub["id"], [{"kind": "submission.sent", "from": None, "to": None, "decision": None}]
        moves, inside = [], self.rights.works_on(person, sub)
        whole = lambda row: {"to": row["to_phase"], "seenAt": written(self.seen.get(row["id"]))} if inside else None
        for row in self.rows.decisions[key]:
            if row["letter"] not in ("A", "S") and inside:
                moves.append((row["decided_at"], 0, {"kind": "submission.decided", "from": row["from_phase"], "to": row["to_phase"], "decision": whole(row)}))
        before = "SUBMITTED"
        for row in self.told.announced[key]:
            moves.append((row["closed_at"], 1, {"kind": "submission.announced", "from": before, "to": row["to_phase"], "decision": whole(row)}))
            before = row["to_phase"]
        return {"history": {"nodes": steps + [move for _, _, move in sorted(moves, key=lambda move: move[:2])]}}
