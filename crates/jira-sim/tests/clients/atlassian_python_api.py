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
    jira.update_issue_field(key, {"summary": "Renamed by another client", "customfield_10043": 7})
    fields = jira.issue(key)["fields"]
    expect(fields["summary"] == "Renamed by another client" and fields["customfield_10043"] == 7, "fields were edited")
    expect(jira.issue_field_value(key, "status")["name"] == "Done", "one field")
    names = {transition["name"]: transition["id"] for transition in jira.get_issue_transitions(key)}
    jira.set_issue_status_by_transition_id(key, names["To Do"])
    expect(jira.get_issue_status(key) == "To Do", "moved by the id of a transition")
    log = jira.get_issue_changelog(key)
    expect(any(item["field"] == "summary" for change in log["values"] for item in change["items"]), "the history knows")
    expect({field["id"] for field in jira.get_all_fields()} >= {"summary", "customfield_10043", "fixVersions"}, "fields of the site")
    expect({part["name"] for part in jira.get_project_components("KITE")} == {"Backend", "Screens"}, "components")
    expect(len(jira.get_project_versions("KITE")) == 3, "versions")
    expect({kind["name"] for kind in jira.issue_createmeta_issuetypes("PLAT")["issueTypes"]} >= {"Task", "Change request"}, "types to create")
    expect(jira.issue_editmeta(key)["fields"]["summary"]["required"], "what can be edited")
    expect(jira.myself()["accountId"], "who am I")
    expect(jira.get_permissions("CREATE_ISSUES", project_key="KITE")["permissions"]["CREATE_ISSUES"]["havePermission"], "my rights")
    jira.delete_issue(key)
    print("atlassian-python-api: a day's work done")


if __name__ == "__main__":
    main()
