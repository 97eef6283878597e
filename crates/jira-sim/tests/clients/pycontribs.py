"""A normal day's work of PyPI's `jira` client, which nobody here wrote, against the simulator.

Takes the simulator's announcement (one JSON object) as first argument or on standard input. Ends with a non-zero status on the
first thing that is not as it would be at Jira Cloud.
"""

import json
import sys

from jira import JIRA
from jira.exceptions import JIRAError


def expect(condition, what):
    if not condition:
        raise SystemExit(f"not as expected: {what}")


def expect_status(status, action, what):
    try:
        action()
    except JIRAError as error:
        expect(error.status_code == status, f"{what}: {error.status_code} instead of {status}")
        return error
    raise SystemExit(f"not refused: {what}")


def day(client, version):
    expect(client.server_info()["deploymentType"] == "Cloud", "the server is a cloud")
    projects = {project.key: project for project in client.projects()}
    expect({"KITE", "NEST", "PLAT"} <= set(projects), f"projects {sorted(projects)}")
    expect(client.project("KITE").name == "Kite App", "one project by key")
    expect(client.myself()["accountId"], "who am I")
    expect(any(field["id"] == "summary" for field in client.fields()), "fields")
    expect(client.createmeta(projectKeys="KITE", expand="projects.issuetypes.fields")["projects"][0]["issuetypes"], "createmeta")

    words = "Made by an outside client"
    description = words if version == "2" else {
        "version": 1,
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
    }
    issue = client.create_issue(
        project="KITE", summary=f"{words} (v{version})", description=description, issuetype={"name": "Story"}, labels=["outside"]
    )
    expect(issue.key.startswith("KITE-"), "the new key")
    expect(issue.fields.status.name == "To Do", "a new issue is to do")
    expect(issue.fields.reporter.displayName, "the reporter has a name")

    again = client.issue(issue.key.lower())
    expect(again.id == issue.id, "found by its key in lower case")
    if version == "2":
        expect(again.fields.description == words, "version 2 gives text back")
    issue.update(fields={"summary": "Renamed by an outside client"})
    expect(client.issue(issue.id).fields.summary == "Renamed by an outside client", "renamed")

    names = {transition["name"]: transition["id"] for transition in client.transitions(issue)}
    expect({"In Progress", "In Review", "Done"} <= set(names), f"transitions {sorted(names)}")
    client.transition_issue(issue, names["In Progress"])
    expect(client.issue(issue.key).fields.status.name == "In Progress", "moved by id")
    client.transition_issue(issue, "Done")
    done = client.issue(issue.key)
    expect(done.fields.status.statusCategory.key == "done" and done.fields.resolution.name == "Done", "moved by name, and resolved")
    expect_status(400, lambda: client.transition_issue(issue, "999"), "an unknown transition")

    rights = client.my_permissions(projectKey="KITE", permissions="CREATE_ISSUES,EDIT_ISSUES")["permissions"]
    expect(all(right["havePermission"] for right in rights.values()), "my rights")
    expect({part.name for part in client.project_components("KITE")} == {"Backend", "Screens"}, "components")
    expect([release.name for release in client.project_versions("KITE")] == ["2026.1", "2026.2", "Later"], "versions")
    expect({status.statusCategory.key for status in client.statuses()} == {"new", "indeterminate", "done"}, "statuses")
    expect([priority.name for priority in client.priorities()][2] == "Medium", "priorities")
    expect(any(kind.name == "Change request" for kind in client.issue_types()), "issue types")
    expect("customfield_10043" in client.editmeta(issue.key)["fields"], "what can be edited")
    issue.update(fields={"customfield_10043": 12, "priority": {"name": "High"}}, notify=False)
    issue.add_field_value("labels", "more")
    told = client.issue(issue.key, expand="changelog")
    expect(told.fields.customfield_10043 == 12 and told.fields.priority.name == "High", "edited")
    expect(sorted(told.fields.labels) == ["more", "outside"], "one label more")
    expect(any(item.field == "Feedback votes" for change in told.changelog.histories for item in change.items), "the history knows")
    properties = client.issue_properties(issue)
    expect(properties == [], "no property yet")
    client.add_issue_property(issue, "board.post", {"postId": "1"})
    expect(client.issue_property(issue, "board.post").value.postId == "1", "a property")

    target = {"url": "https://board.example/p/1", "title": "A post on the board"}
    link = client.add_remote_link(issue, target, globalId="system=board&id=1", application={"name": "Board"})
    target["title"] = "The same post, renamed"
    same = client.add_remote_link(issue, target, globalId="system=board&id=1", application={"name": "Board"})
    links = client.remote_links(issue)
    expect(len(links) == 1 and link.id == same.id and links[0].object.title == target["title"], "one link for one global id")

    client.add_comment(issue, "Seen." if version == "2" else {**description})
    expect(len(client.comments(issue)) == 1, "one comment")

    found = client.enhanced_search_issues('project = KITE AND labels = outside ORDER BY created DESC', maxResults=10, fields="summary,status")
    expect(issue.key in [hit.key for hit in found], "found by search")
    everything = client.enhanced_search_issues("project in (KITE, NEST, PLAT)", maxResults=0)
    expect(len(everything) >= 20, "all pages of a search")
    expect(client.approximate_issue_count("project = KITE") >= 11, "counted")
    expect_status(400, lambda: client.enhanced_search_issues("ORDER BY created"), "a search without bounds")

    issue.delete()
    expect_status(404, lambda: client.issue(issue.key), "a deleted issue")


def strict_workflow(client):
    issue = client.create_issue(project="PLAT", summary="Needs a resolution to finish", issuetype={"name": "Task"})
    client.transition_issue(issue, "Start work")
    client.transition_issue(issue, "Ask for review")
    error = expect_status(400, lambda: client.transition_issue(issue, "Finish"), "finishing without a resolution")
    expect("Resolution is required" in error.text, "the refusal names the field")
    client.transition_issue(issue, "Finish", fields={"resolution": {"name": "Won't Do"}})
    expect(client.issue(issue.key).fields.resolution.name == "Won't Do", "resolved as asked")


def main():
    given = json.loads(sys.argv[1] if len(sys.argv) > 1 else sys.stdin.readline())
    server = f"{given['api_url']}/ex/jira/{given['cloud_id']}"
    for version in ("2", "3"):
        client = JIRA(options={"server": server, "rest_api_version": version}, token_auth=given["access_token"], max_retries=0)
        day(client, version)
    strict_workflow(JIRA(server=server, token_auth=given["access_token"], max_retries=0))
    expect_status(401, lambda: JIRA(server=server, token_auth="wrong", max_retries=0), "a wrong token")
    print("pycontribs jira: a day's work done, in version 2 and 3")


if __name__ == "__main__":
    main()
