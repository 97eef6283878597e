"""A short day's work of PyPI's `atlassian-python-api`, another client nobody here wrote, against the simulator.

Takes the simulator's announcement (one JSON object) as first argument or on standard input; a non-zero status means something was
not as it would be at Jira Cloud.
"""

import json
import sys

from atlassian import Jira


def expect(condition, what):
    if not condition:
        raise SystemExit(f"not as expected: {what}")


def main():
    given = json.loads(sys.argv[1] if len(sys.argv) > 1 else sys.stdin.readline())
    jira = Jira(url=f"{given['api_url']}/ex/jira/{given['cloud_id']}", token=given["access_token"], cloud=True)
    expect({project["key"] for project in jira.projects()} >= {"KITE", "NEST", "PLAT"}, "projects")
    issue = jira.issue_create({"project": {"key": "KITE"}, "issuetype": {"name": "Task"}, "summary": "Made by another client"})
    key = issue["key"]
    jira.issue_transition(key, "In Progress")
    expect(jira.get_issue_status(key) == "In Progress", "moved by transition")
    jira.set_issue_status(key, "Done")
    expect(jira.get_issue_status(key) == "Done", "moved by status")
    jira.create_or_update_issue_remote_links(key, "https://board.example/p/2", "A post", global_id="board=2")
    jira.create_or_update_issue_remote_links(key, "https://board.example/p/2", "A post, renamed", global_id="board=2")
    links = jira.get_issue_remote_links(key)
    expect([link["object"]["title"] for link in links] == ["A post, renamed"], "one link for one global id")
    jira.issue_add_comment(key, "Seen.")
    expect(jira.issue_get_comments(key)["total"] == 1, "one comment")
    expect(key in [hit["key"] for hit in jira.enhanced_jql("project = KITE", fields="summary")["issues"]], "found by search")
    jira.delete_issue(key)
    print("atlassian-python-api: a day's work done")


if __name__ == "__main__":
    main()
