"""Asks every Jira operation the simulator serves and holds each answer against Atlassian's OpenAPI file.

Takes the simulator's announcement (one JSON object) as first argument; the file is named by UPVOW_JIRA_OPENAPI. At the end the
simulator is made to answer wrongly on purpose, and a check that does not notice is a failure as well.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

from calls import everything
from contract import Contract


class Jira:
    def __init__(self, given, contract):
        self.given, self.contract = given, contract
        self.asked, self.answers, self.findings = set(), 0, []

    def served(self):
        with urllib.request.urlopen(f"{self.given['api_url']}/_sim/endpoints", timeout=30) as answer:
            return [tuple(endpoint.split(" ", 1)) for endpoint in json.load(answer)]

    def ask(self, method, template, args, query=None, body=None, typed=True, token=None):
        parts = template.split("{}")
        path = "".join(part + urllib.parse.quote(str(arg), safe="") for part, arg in zip(parts, [*args, ""]))
        url = f"{self.given['api_url']}/ex/jira/{self.given['cloud_id']}/rest/api/3/{path}"
        if query:
            url += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(url, method=method)
        request.add_header("Authorization", f"Bearer {token or self.given['access_token']}")
        if body is not None:
            request.data = json.dumps(body).encode()
        if typed:
            request.add_header("Content-Type", "application/json")
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("Content-Type") or "", answer.read().decode()

    def order(self, order):
        request = urllib.request.Request(f"{self.given['api_url']}/_sim/do", json.dumps(order).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).close()

    def __call__(self, expected, method, template, *args, **extra):
        status, content_type, text = self.ask(method, template, args, **extra)
        if status == 429 and expected != 429:
            # Too many writes to one issue. The refusal is an answer to check as well; then time passes.
            self.findings += self.contract.findings(method, template, status, content_type, text)
            self.order({"do": "advance_clock", "ms": 3_000})
            status, content_type, text = self.ask(method, template, args, **extra)
        self.asked.add((method, template, status < 400))
        self.answers += 1
        found = self.contract.findings(method, template, status, content_type, text)
        if status != expected:
            found.insert(0, f"answered {status} instead of {expected}: {text[:300]}")
        self.findings += [f"{method} {template} {status}: {finding}" for finding in found]
        return json.loads(text) if text else None


def left_out(jira):
    """Operations that were not asked well, or not badly. Some cannot be: the old search is gone, the feed of failures is not for us."""
    never_well = {("GET", "search"), ("POST", "search"), ("GET", "webhook/failed")}
    for method, template in jira.served():
        if (method, template, True) not in jira.asked and (method, template) not in never_well:
            yield f"{method} {template} was never asked well"
        if (method, template, False) not in jira.asked:
            yield f"{method} {template} was never asked badly"


# A wrong answer, and what is wrong with it.
PLANTED = [
    (418, "[]", "a status nobody documents"),
    (200, "<html></html>", "a page instead of JSON"),
    (200, '{"not": "a list"}', "another type"),
    (200, '[{"id": 7, "name": "Number where a text belongs"}]', "a member of another type"),
    (200, '[{"id": "3", "name": "Done", "invented": true}]', "a member nobody documents"),
    (400, '{"oops": true}', "an error of another shape"),
]


def planted(jira):
    """Makes the simulator lie about resolutions; tells which lies were not noticed."""
    place = ("GET", "resolution")
    for status, body, what in PLANTED:
        jira.order({"do": "fault", "kind": "status", "status": status, "body": body, "path": "/rest/api/3/resolution", "times": 1})
        if not jira.contract.findings(*place, *jira.ask(*place, [])):
            yield f"not noticed: {what}"
    if jira.contract.findings(*place, *jira.ask(*place, [])):
        yield "a true answer was taken for a lie"


def main():
    path = os.environ.get("UPVOW_JIRA_OPENAPI")
    if not path:
        raise SystemExit("UPVOW_JIRA_OPENAPI names no file")
    jira = Jira(json.loads(sys.argv[1]), Contract(path))
    everything(jira)
    findings = [*jira.findings, *left_out(jira), *planted(jira)]
    for finding in findings:
        print(finding)
    print(f"OpenAPI: {jira.answers} answers of {len(jira.served())} operations checked, {len(findings)} findings, {len(PLANTED)} lies planted")
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    main()
