//! What the screens of an issue type ask for.

use serde_json::{Value, json};

use super::render::To;
use crate::state::{Custom, IssueType, Kind, MORE_FIELDS, Project, Site};

/// The create screen of an issue type.
pub(crate) fn create_fields(
    to: &To<'_>,
    site: &Site,
    project: &Project,
    kind: &IssueType,
) -> Vec<Value> {
    let mut fields = system_fields(to, site, project, kind);
    fields.extend(site.custom.iter().filter_map(|custom| {
        custom
            .on_create(kind.id)
            .map(|required| custom_field(to, project, custom, required))
    }));
    fields
}

/// The edit screen: everything but the project, and the fields that stand on every edit screen.
pub(crate) fn edit_fields(
    to: &To<'_>,
    site: &Site,
    project: &Project,
    kind: &IssueType,
) -> Vec<Value> {
    let mut fields = create_fields(to, site, project, kind);
    fields.retain(|field| field["fieldId"] != "project");
    let more = site
        .custom
        .iter()
        .filter(|custom| custom.on_create(kind.id).is_none() && custom.on_edit(kind.id));
    fields.extend(more.map(|custom| custom_field(to, project, custom, false)));
    fields
}

fn field(id: &str, name: &str, required: bool, schema: &Value, operations: &[&str]) -> Value {
    json!({
        "required": required, "schema": schema, "name": name, "key": id, "fieldId": id,
        "hasDefaultValue": false, "operations": operations,
    })
}

fn system_fields(to: &To<'_>, site: &Site, project: &Project, kind: &IssueType) -> Vec<Value> {
    let system = |kind: &str, id: &str| json!({ "type": kind, "system": id });
    let plain = |id: &str, name: &str, required: bool, kind: &str| {
        field(id, name, required, &system(kind, id), &["set"])
    };
    let mut kind_field = field(
        "issuetype",
        "Issue Type",
        true,
        &system("issuetype", "issuetype"),
        &[],
    );
    kind_field["allowedValues"] = json!([to.kind(kind)]);
    let mut project_field = plain("project", "Project", true, "project");
    project_field["allowedValues"] = json!([to.project(project)]);
    let mut priority = plain("priority", "Priority", false, "priority");
    priority["allowedValues"] = site
        .priorities
        .iter()
        .map(|priority| to.priority(priority))
        .collect();
    priority["hasDefaultValue"] = json!(true);
    priority["defaultValue"] = to.priority(site.priority(3));
    let mut labels = field(
        "labels",
        "Labels",
        false,
        &json!({ "type": "array", "items": "string", "system": "labels" }),
        Kind::Labels.operations(),
    );
    labels["autoCompleteUrl"] = json!(to.suggestions(Kind::Labels));
    let mut assignee = plain("assignee", "Assignee", false, "user");
    // Required, but filled with whoever creates: a client that refuses every required field refuses every project.
    let mut reporter = plain("reporter", "Reporter", true, "user");
    reporter["hasDefaultValue"] = json!(true);
    for person in [&mut assignee, &mut reporter] {
        person["autoCompleteUrl"] = json!(to.suggestions(Kind::User));
    }
    let mut fields = vec![
        plain("summary", "Summary", true, "string"),
        kind_field,
        project_field,
        plain("description", "Description", false, "string"),
        priority,
        labels,
        assignee,
        reporter,
    ];
    if kind.full_screen {
        fields.extend(MORE_FIELDS.iter().map(|(id, name, kind)| {
            let mut schema = kind.schema();
            schema["system"] = json!(id);
            let mut value = field(id, name, false, &schema, kind.operations());
            describe(to, project, *kind, &mut value);
            value
        }));
    }
    fields
}

fn custom_field(to: &To<'_>, project: &Project, custom: &Custom, required: bool) -> Value {
    let mut value = field(
        &custom.id(),
        custom.name,
        required,
        &custom.schema(),
        custom.kind.operations(),
    );
    describe(to, project, custom.kind, &mut value);
    if let Some(default) = &custom.default {
        value["hasDefaultValue"] = json!(true);
        value["defaultValue"] = to.value(custom.kind, default);
    }
    value
}

/// What can be chosen, and where suggestions come from.
fn describe(to: &To<'_>, project: &Project, kind: Kind, value: &mut Value) {
    if let Some(allowed) = to.allowed(kind, project) {
        value["allowedValues"] = allowed;
    }
    if let Some(address) = to.suggestions(kind) {
        value["autoCompleteUrl"] = json!(address);
    }
}
