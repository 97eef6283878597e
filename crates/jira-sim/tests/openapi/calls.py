"""Every operation the simulated Jira serves in version 3, asked well and badly."""

WORDS = {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Words."}]}]}
LINK = {
    "globalId": "system=board&id=1",
    "application": {"type": "board", "name": "Board"},
    "relationship": "feedback",
    "object": {
        "url": "https://board.example/p/1",
        "title": "A post",
        "summary": "What it says",
        "icon": {"url16x16": "https://board.example/icon.png", "title": "Board"},
        "status": {"resolved": True, "icon": {"url16x16": "https://board.example/ok.png", "title": "Done", "link": "https://board.example/"}},
    },
}
BARE_LINK = {"object": {"url": "https://board.example/p/2", "title": "Another"}}
NONE = "NOSUCH-1"


def everything(jira):
    """`jira(status, method, template, *args, query=, body=)` asks, checks the status and the contract, and gives the body back."""
    site(jira)
    meta(jira)
    key = issues(jira)
    moves(jira, key)
    hangers(jira, key)
    search(jira, key)
    webhooks(jira)
    jira(204, "DELETE", "issue/{}", key)
    jira(404, "DELETE", "issue/{}", key)
    refusals(jira)


def site(jira):
    jira(200, "GET", "serverInfo")
    jira(200, "GET", "myself")
    rights = "BROWSE_PROJECTS,CREATE_ISSUES,EDIT_ISSUES,TRANSITION_ISSUES,LINK_ISSUES,ADD_COMMENTS,ADMINISTER"
    jira(200, "GET", "mypermissions", query={"permissions": rights, "projectKey": "KITE"})
    jira(400, "GET", "mypermissions")
    jira(400, "GET", "mypermissions", query={"permissions": "FLY"})
    jira(404, "GET", "mypermissions", query={"permissions": rights, "projectKey": "NOSUCH"})
    jira(200, "POST", "permissions/check", body={"projectPermissions": [{"projects": [10001, 10003], "permissions": ["EDIT_ISSUES", "CREATE_ISSUES"]}], "globalPermissions": ["ADMINISTER"]})
    jira(400, "POST", "permissions/check", body={"globalPermissions": ["FLY"]})


def meta(jira):
    for path in ["field", "status", "statuscategory", "priority", "resolution", "issuetype", "project"]:
        jira(200, "GET", path)
    jira(200, "GET", "issuetype/project", query={"projectId": "10003"})
    jira(400, "GET", "issuetype/project")
    jira(404, "GET", "issuetype/project", query={"projectId": "99999"})
    jira(200, "GET", "project/search", query={"expand": "description,lead,issueTypes,insight", "maxResults": "2"})
    jira(200, "GET", "project/search", query={"action": "create", "query": "kite"})
    jira(400, "GET", "project/search", query={"action": "fly"})
    for project in ["KITE", "NEST", "PLAT"]:
        whole = jira(200, "GET", "project/{}", project)
        jira(200, "GET", "project/{}/statuses", project)
        kinds = jira(200, "GET", "issue/createmeta/{}/issuetypes", project)
        assert len(kinds["issueTypes"]) == len(whole["issueTypes"])
        for kind in kinds["issueTypes"]:
            jira(200, "GET", "issue/createmeta/{}/issuetypes/{}", project, kind["id"])
        jira(200, "GET", "project/{}/versions", project)
        jira(200, "GET", "project/{}/components", project)
    jira(404, "GET", "project/{}", "NOSUCH")
    jira(404, "GET", "project/{}/versions", "NOSUCH")
    jira(404, "GET", "project/{}/components", "NOSUCH")
    jira(404, "GET", "project/{}/statuses", "NOSUCH")
    jira(400, "GET", "issue/createmeta/{}/issuetypes", "NOSUCH")
    jira(400, "GET", "issue/createmeta/{}/issuetypes/{}", "KITE", "99999")
    jira(200, "GET", "issue/createmeta", query={"projectKeys": "KITE", "expand": "projects.issuetypes.fields"})


def issues(jira):
    fields = {
        "project": {"key": "KITE"},
        "issuetype": {"name": "Story"},
        "summary": "Asked for by the file",
        "description": WORDS,
        "labels": ["contract"],
        "priority": {"id": "2"},
    }
    made = jira(201, "POST", "issue", body={"fields": fields, "properties": [{"key": "board.post", "value": {"postId": "1"}}]})
    jira(201, "POST", "issue", body={"fields": fields, "transition": {"id": "21"}})
    jira(400, "POST", "issue", body={})
    jira(400, "POST", "issue", body={"fields": {**fields, "summary": "x" * 256, "description": "text", "labels": ["a b"], "customfield_10016": "five"}})
    jira(400, "POST", "issue", body={"fields": {**fields, "description": {"version": 1, "type": "doc", "content": [{"type": "text", "text": ""}]}}})
    key = made["key"]
    jira(200, "GET", "issue/{}", key)
    jira(200, "GET", "issue/{}", key.lower(), query={"fields": "summary,status", "properties": "board.post"})
    jira(200, "GET", "issue/{}", key, query={"expand": "names,schema,transitions,changelog,renderedFields", "fields": "*all", "properties": "*all"})
    jira(404, "GET", "issue/{}", NONE)
    jira(204, "PUT", "issue/{}", key, body={"fields": {"summary": "Renamed", "customfield_10016": 5}})
    jira(200, "PUT", "issue/{}", key, query={"returnIssue": "true"}, body={"update": {"labels": [{"add": "more"}]}})
    jira(400, "PUT", "issue/{}", key, body={"fields": {"summary": ""}})
    jira(400, "PUT", "issue/{}", key, body={"fields": {"summary": "a"}, "update": {"summary": [{"set": "b"}]}})
    jira(404, "PUT", "issue/{}", NONE, body={"fields": {"summary": "a"}})
    jira(200, "GET", "issue/{}/editmeta", key)
    jira(404, "GET", "issue/{}/editmeta", NONE)
    full = jira(201, "POST", "issue", body={"fields": change_request(jira)})
    jira(200, "GET", "issue/{}", full["key"])
    jira(200, "GET", "issue/{}/editmeta", full["key"])
    jira(400, "POST", "issue", body={"fields": {"project": {"key": "PLAT"}, "issuetype": {"name": "Change request"}, "summary": "Bare"}})
    jira(200, "GET", "issue/{}/changelog", key)
    jira(404, "GET", "issue/{}/changelog", NONE)
    jira(200, "POST", "issue/bulkfetch", body={"issueIdsOrKeys": [key, NONE], "fields": ["summary", "status"], "properties": ["board.post"]})
    jira(200, "POST", "issue/bulkfetch", body={"issueIdsOrKeys": [key]})
    jira(400, "POST", "issue/bulkfetch", body={"issueIdsOrKeys": []})
    jira(400, "POST", "issue/bulkfetch", body={"issueIdsOrKeys": [f"KITE-{number}" for number in range(101)]})
    jira(200, "POST", "changelog/bulkfetch", body={"issueIdsOrKeys": [key]})
    jira(400, "POST", "changelog/bulkfetch", body={"issueIdsOrKeys": []})
    return key


def change_request(jira):
    """A value for every field of the create screen, made from nothing but what the screen says of itself."""
    kinds = jira(200, "GET", "issue/createmeta/{}/issuetypes", "PLAT")["issueTypes"]
    kind = next(kind for kind in kinds if kind["name"] == "Change request")
    screen = jira(200, "GET", "issue/createmeta/{}/issuetypes/{}", "PLAT", kind["id"])["fields"]
    someone = {"accountId": jira(200, "GET", "myself")["accountId"]}
    fields = {"project": {"key": "PLAT"}, "issuetype": {"id": kind["id"]}, "summary": "Everything filled in"}
    for field in screen:
        schema, choices = field["schema"], field.get("allowedValues") or [None]
        text = WORDS if schema.get("custom", "").endswith(":textarea") or field["fieldId"] in ("description", "environment") else "Words"
        text = "https://board.example/" if schema.get("custom", "").endswith(":url") else text
        one = {
            "string": text,
            "number": 3.5,
            "date": "2026-12-24",
            "datetime": "2026-12-24T18:00:00.000+0000",
            "user": someone,
            "group": {"name": "release-managers"},
            "timetracking": {"originalEstimate": "2d 4h"},
            "team": "9b1fd1a5-0e4a-4a6c-9d6f-6f2c4b7a7d11",
            "any": "0|i00007:",
        }
        made = {**one, "array": [one.get(schema.get("items")) or choices[0]]}.get(schema["type"]) or choices[0]
        if schema.get("items") == "string":
            made = ["words"]
        if made not in (None, [None]) and "set" in field["operations"] and field["fieldId"] not in fields:
            fields[field["fieldId"]] = made
    assert len(fields) > 30, sorted(fields)
    return fields


def moves(jira, key):
    all_ways = {"expand": "transitions.fields", "includeUnavailableTransitions": "true"}
    offered = jira(200, "GET", "issue/{}/transitions", key, query=all_ways)
    jira(404, "GET", "issue/{}/transitions", NONE)
    way = offered["transitions"][1]["id"]
    jira(204, "POST", "issue/{}/transitions", key, body={"transition": {"id": way}, "update": {"comment": [{"add": {"body": WORDS}}]}})
    jira(400, "POST", "issue/{}/transitions", key, body={"transition": {"id": "999"}})
    jira(400, "POST", "issue/{}/transitions", key, body={"transition": {"id": "way"}})
    jira(400, "POST", "issue/{}/transitions", key, body={})
    jira(404, "POST", "issue/{}/transitions", NONE, body={"transition": {"id": way}})
    strict = jira(201, "POST", "issue", body={"fields": {"project": {"key": "PLAT"}, "issuetype": {"name": "Task"}, "summary": "Step by step"}})
    for way in ["11", "31"]:
        jira(204, "POST", "issue/{}/transitions", strict["key"], body={"transition": {"id": way}})
    jira(200, "GET", "issue/{}/transitions", strict["key"], query=all_ways)
    jira(400, "POST", "issue/{}/transitions", strict["key"], body={"transition": {"id": "51"}})
    jira(204, "POST", "issue/{}/transitions", strict["key"], body={"transition": {"id": "51"}, "fields": {"resolution": {"name": "Done"}}})
    jira(200, "GET", "issue/{}", strict["key"], query={"expand": "changelog"})


def hangers(jira, key):
    comment = jira(201, "POST", "issue/{}/comment", key, body={"body": WORDS})
    assert comment["author"]["accountId"]
    jira(400, "POST", "issue/{}/comment", key, body={"body": "text"})
    jira(404, "POST", "issue/{}/comment", NONE, body={"body": WORDS})
    jira(200, "GET", "issue/{}/comment", key)
    jira(404, "GET", "issue/{}/comment", NONE)

    link = jira(201, "POST", "issue/{}/remotelink", key, body=LINK)
    jira(200, "POST", "issue/{}/remotelink", key, body=LINK)
    bare = jira(201, "POST", "issue/{}/remotelink", key, body=BARE_LINK)
    jira(400, "POST", "issue/{}/remotelink", key, body={"object": {"title": "Where?"}})
    jira(404, "POST", "issue/{}/remotelink", NONE, body=LINK)
    jira(200, "GET", "issue/{}/remotelink", key)
    jira(200, "GET", "issue/{}/remotelink", key, query={"globalId": LINK["globalId"]})
    jira(404, "GET", "issue/{}/remotelink", key, query={"globalId": "another"})
    jira(200, "GET", "issue/{}/remotelink/{}", key, link["id"])
    jira(200, "GET", "issue/{}/remotelink/{}", key, bare["id"])
    jira(404, "GET", "issue/{}/remotelink/{}", key, 1)
    jira(400, "GET", "issue/{}/remotelink/{}", key, "one")
    jira(204, "PUT", "issue/{}/remotelink/{}", key, bare["id"], body=BARE_LINK)
    jira(400, "PUT", "issue/{}/remotelink/{}", key, bare["id"], body={})
    jira(404, "PUT", "issue/{}/remotelink/{}", key, 1, body=BARE_LINK)
    jira(415, "DELETE", "issue/{}/remotelink", key, query={"globalId": LINK["globalId"]}, typed=False)
    jira(400, "DELETE", "issue/{}/remotelink", key)
    jira(204, "DELETE", "issue/{}/remotelink", key, query={"globalId": LINK["globalId"]})
    jira(404, "DELETE", "issue/{}/remotelink", key, query={"globalId": LINK["globalId"]})
    jira(204, "DELETE", "issue/{}/remotelink/{}", key, bare["id"])
    jira(404, "DELETE", "issue/{}/remotelink/{}", key, bare["id"])

    jira(201, "PUT", "issue/{}/properties/{}", key, "board.votes", body={"votes": 3})
    jira(200, "PUT", "issue/{}/properties/{}", key, "board.votes", body={"votes": 4})
    jira(400, "PUT", "issue/{}/properties/{}", key, "k" * 256, body=1)
    jira(400, "PUT", "issue/{}/properties/{}", key, "board.votes", body="v" * 40_000)
    jira(404, "PUT", "issue/{}/properties/{}", NONE, "board.votes", body=1)
    jira(200, "GET", "issue/{}/properties", key)
    jira(404, "GET", "issue/{}/properties", NONE)
    jira(200, "GET", "issue/{}/properties/{}", key, "board.votes")
    jira(404, "GET", "issue/{}/properties/{}", key, "board.none")
    jira(204, "DELETE", "issue/{}/properties/{}", key, "board.votes")
    jira(404, "DELETE", "issue/{}/properties/{}", key, "board.votes")


def search(jira, key):
    jira(410, "GET", "search", query={"jql": "project = KITE"})
    jira(410, "POST", "search", body={"jql": "project = KITE"})
    few = {"jql": "project = KITE", "maxResults": 3}
    page = jira(200, "POST", "search/jql", body={**few, "fields": ["*all"], "expand": "names,schema", "reconcileIssues": []})
    jira(200, "POST", "search/jql", body={**few, "nextPageToken": page["nextPageToken"]})
    jira(200, "GET", "search/jql", query={"jql": f"key = {key}", "fields": "*navigable", "properties": "board.post", "expand": "changelog,transitions"})
    jira(400, "GET", "search/jql", query={"jql": "order by created"})
    jira(400, "GET", "search/jql", query={"jql": "invented = 3"})
    jira(400, "POST", "search/jql", body={**few, "nextPageToken": "made up"})
    jira(400, "POST", "search/jql", body={**few, "reconcileIssues": list(range(51))})
    jira(200, "POST", "search/approximate-count", body={"jql": "project = KITE"})
    jira(400, "POST", "search/approximate-count", body={"jql": ""})
    number = int(jira(200, "GET", "issue/{}", key, query={"fields": "status"})["id"])
    jira(200, "POST", "jql/match", body={"jqls": ["project = KITE", "project = NOSUCH", "("], "issueIds": [number, 1]})
    jira(400, "POST", "jql/match", body={"issueIds": [number]})
    jira(200, "GET", "issue/picker", query={"query": "map"})
    jira(200, "GET", "issue/picker", query={"query": key, "currentJQL": "project = KITE"})


def webhooks(jira):
    good = {"jqlFilter": "project = KITE", "events": ["jira:issue_updated"], "fieldIdsFilter": ["status"], "issuePropertyKeysFilter": ["board.post"]}
    body = {"url": "https://board.example/hook", "webhooks": [good, {"jqlFilter": "watchCount = 3", "events": ["jira:issue_updated"]}]}
    made = jira(200, "POST", "webhook", body=body)["webhookRegistrationResult"]
    assert made[0]["createdWebhookId"] and made[1]["errors"], made
    ids = {"webhookIds": [made[0]["createdWebhookId"]]}
    jira(400, "POST", "webhook", body={"url": "https://board.example/hook", "webhooks": []})
    jira(400, "POST", "webhook", body={"url": "no address", "webhooks": [good]})
    jira(200, "GET", "webhook")
    jira(400, "GET", "webhook", query={"startAt": "first"})
    jira(200, "PUT", "webhook/refresh", body=ids)
    jira(400, "PUT", "webhook/refresh", body={})
    jira(403, "GET", "webhook/failed")
    jira(202, "DELETE", "webhook", body=ids)
    jira(400, "DELETE", "webhook", body={})


def refusals(jira):
    """Every operation once with a token nobody gave out."""
    for method, template in jira.served():
        args = ["1"] * template.count("{}")
        jira(401, method, template, *args, body={} if method in ("POST", "PUT") else None, token="nobody's")
