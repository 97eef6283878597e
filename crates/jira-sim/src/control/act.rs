//! Carries orders out.

use serde_json::{Value, json};

use super::{Command, rename};
use crate::adf;
use crate::language::Language;
use crate::oauth;
use crate::people::{self, Who};
use crate::rest::{self, available, carry_out};
use crate::state::{AccountState, Comment, World};
use crate::webhook::{self, AdminHook, Happening};

/// Does it.
pub(crate) fn act(world: &mut World, command: Command) -> Result<Value, String> {
    let done = Ok(json!({ "ok": true }));
    match command {
        Command::CreateIssue {
            project,
            summary,
            person,
        } => return create(world, &project, &summary, who(person.as_deref())?),
        Command::MoveIssue {
            issue,
            status,
            person,
        } => move_issue(world, &issue, &status, who(person.as_deref())?)?,
        Command::EditSummary {
            issue,
            summary,
            person,
        } => {
            let (site, id) = find_issue(world, &issue)?;
            rest::apply_edit(
                world,
                site,
                id,
                who(person.as_deref())?,
                rest::Values {
                    summary: Some(summary),
                    ..rest::Values::default()
                },
                None,
            );
        }
        Command::Assign {
            issue,
            assignee,
            person,
        } => {
            let (site, id) = find_issue(world, &issue)?;
            let assignee = assignee
                .as_deref()
                .map(|name| who(Some(name)))
                .transpose()?;
            rest::apply_edit(
                world,
                site,
                id,
                who(person.as_deref())?,
                rest::Values {
                    assignee: Some(assignee),
                    ..rest::Values::default()
                },
                None,
            );
        }
        Command::Comment {
            issue,
            text,
            person,
        } => comment(world, &issue, &text, who(person.as_deref())?)?,
        Command::MoveToProject {
            issue,
            project,
            person,
        } => {
            let (site, id) = find_issue(world, &issue)?;
            let target = world.sites[site]
                .find_project(&project)
                .ok_or_else(|| format!("no project {project} on the issue's site"))?
                .id;
            return rest::move_issue(world, site, id, who(person.as_deref())?, target)
                .map(|key| json!(key));
        }
        Command::DeleteIssue { issue, person } => {
            let (site, id) = find_issue(world, &issue)?;
            rest::remove_issue(world, site, id, who(person.as_deref())?);
        }
        Command::SetSecurity { issue, level } => {
            let (site, id) = find_issue(world, &issue)?;
            if let Some(issue) = world.sites[site].issues.get_mut(&id) {
                issue.security = level;
            }
            world.touch(site);
        }
        Command::RenameStatus {
            project,
            status,
            name,
        } => {
            let (site, project) = find_project(world, &project)?;
            let id = status_of(world, site, project, &status)?;
            if let Some(status) = world.sites[site]
                .statuses
                .iter_mut()
                .find(|status| status.id == id)
            {
                status.name = name;
            }
            world.touch(site);
        }
        Command::DeleteStatus {
            project,
            status,
            instead,
            told,
        } => rename::delete_status(world, &project, &status, &instead, told)?,
        Command::RecategoriseStatus {
            project,
            status,
            category,
        } => rename::recategorise(world, &project, &status, &category)?,
        Command::SetLanguage { person, language } => {
            let person = who(Some(&person))?;
            match language.as_deref() {
                None => _ = world.languages.remove(person.account_id),
                Some(name) => {
                    let language = Language::named(name).ok_or("that language is not spoken")?;
                    world.languages.insert(person.account_id, language);
                }
            }
        }
        Command::RenameProjectKey { project, key } => {
            rename::project_key(world, &project, &key)?;
        }
        Command::RenameSite { site, slug } => rename::site(world, &site, &slug)?,
        Command::SetIssueLimits {
            site,
            links,
            comments,
        } => {
            let at = find_site(world, &site)?;
            (world.sites[at].most_links, world.sites[at].most_comments) = (links, comments);
        }
        Command::SetField {
            site,
            field,
            issue_type,
            required,
        } => {
            let at = find_site(world, &site)?;
            let site = &mut world.sites[at];
            let kinds: Vec<u64> = site
                .types
                .iter()
                .filter(|kind| kind.id.to_string() == issue_type || kind.name == issue_type)
                .map(|kind| kind.id)
                .collect();
            if kinds.is_empty() {
                return Err(format!("no issue type {issue_type}"));
            }
            let custom = site
                .custom
                .iter_mut()
                .find(|custom| custom.id() == field || custom.name == field)
                .ok_or_else(|| format!("no custom field {field}"))?;
            custom.on.retain(|(id, _)| !kinds.contains(id));
            if let Some(required) = required {
                custom.on.extend(kinds.iter().map(|id| (*id, required)));
            }
        }
        Command::Archive { project, archived } => {
            let (site, project) = find_project(world, &project)?;
            world.sites[site].project_mut(project).archived = archived;
            world.touch(site);
        }
        Command::Deny {
            person,
            project,
            right,
            denied,
        } => {
            let (site, project) = find_project(world, &project)?;
            let rights = world.sites[site]
                .project_mut(project)
                .denied
                .entry(who(Some(&person))?.account_id)
                .or_default();
            if denied {
                rights.insert(right)
            } else {
                rights.remove(&right)
            };
        }
        Command::SetMember {
            person,
            site,
            member,
        } => {
            let (site, person) = (find_site(world, &site)?, who(Some(&person))?);
            let members = &mut world.sites[site].members;
            if member {
                members.insert(person.account_id)
            } else {
                members.remove(person.account_id)
            };
        }
        Command::Suspend { site, suspended } => {
            let site = find_site(world, &site)?;
            world.sites[site].suspended = suspended;
        }
        Command::SearchLag { ms } => {
            for site in &mut world.sites {
                site.search_lag_ms = i64::try_from(ms).unwrap_or(i64::MAX);
            }
        }
        Command::Fault(fault) => {
            if fault.times != Some(0) {
                world.faults.orders.push(fault);
            }
        }
        Command::ClearFaults => world.faults.orders.clear(),
        Command::SetQuota { points_per_hour } => world.limits.points_per_hour = points_per_hour,
        Command::SetSiteQuota {
            site,
            points_per_hour,
        } => {
            let site = find_site(world, &site)?;
            world.limits.set_site_points(site, points_per_hour);
        }
        Command::RetryAfterAsDate { as_date } => world.limits.retry_after_as_date = as_date,
        Command::SetCyclePeriod { period } => world.cycle_period = period,
        Command::OneAddressPerSite { strict } => world.webhooks.one_url_per_site = strict,
        Command::SecondaryDelay { ms } => {
            world.webhooks.secondary_delay_ms = i64::try_from(ms).unwrap_or(i64::MAX);
        }
        Command::RetryAsAtlassian { on } => world.webhooks.deliveries.real_gaps = on,
        Command::SetBurst { per_second } => world.limits.burst_per_second = per_second,
        Command::PauseDeliveries { paused } => world.webhooks.deliveries.paused = paused,
        Command::NewestFirst { newest_first } => {
            world.webhooks.deliveries.newest_first = newest_first;
        }
        Command::DuplicateDeliveries { times } => world.webhooks.deliveries.duplicate = times,
        Command::LoseDeliveries { times } => world.webhooks.deliveries.lose = times,
        Command::ChangeClientSecret { secret } => {
            let old = std::mem::replace(&mut world.app.client_secret, secret);
            world.app.old_secret = Some(old);
        }
        Command::DeleteOldClientSecret => world.app.old_secret = None,
        Command::RetryGap { ms } => {
            world.webhooks.deliveries.retry_gap_ms = i64::try_from(ms).unwrap_or(i64::MAX);
        }
        Command::Redeliver { number } => {
            let now = world.now();
            if !world.webhooks.deliveries.again(number, now) {
                return Err(format!("no delivery {number}"));
            }
        }
        Command::WebhookDatesAsText { as_text } => world.webhooks.dates_as_text = as_text,
        Command::DropWebhooks => world.webhooks.remove_all(),
        Command::AddAdminWebhook {
            site,
            url,
            secret,
            events,
            filter,
        } => {
            let site = find_site(world, &site)?;
            let hook = AdminHook::new(site, &url, secret, events, filter)?;
            return Ok(json!(world.webhooks.add_admin(hook)));
        }
        Command::RemoveAdminWebhook { id } => {
            if !world.webhooks.remove_admin(id) {
                return Err(format!("no admin-made webhook {id}"));
            }
        }
        Command::Revoke { person } => {
            let person = who(Some(&person))?;
            return Ok(json!(oauth::remove_app(
                world,
                person,
                "removed by the person"
            )));
        }
        Command::ExpireAccessTokens => {
            let now = world.now();
            world.grants.expire_access(now);
        }
        Command::SetAccountState { person, state } => {
            let person = who(Some(&person))?;
            match state.as_deref() {
                None => _ = world.account_states.remove(person.account_id),
                Some("closed") => {
                    _ = world
                        .account_states
                        .insert(person.account_id, AccountState::Closed);
                }
                Some("updated") => {
                    _ = world
                        .account_states
                        .insert(person.account_id, AccountState::Updated);
                }
                Some(_) => return Err("the state is closed, updated or null".to_owned()),
            }
        }
        Command::CloseEverybody { closed } => {
            world.account_states.clear();
            if closed {
                let all = people::EVERYBODY.iter();
                world
                    .account_states
                    .extend(all.map(|person| (person.account_id, AccountState::Closed)));
            }
        }
        Command::NameForeign { accounts } => world.foreign = accounts,
        Command::AdvanceClock { ms } => world.clock.advance(std::time::Duration::from_millis(ms)),
    }
    done
}

fn create(world: &mut World, project: &str, summary: &str, who: Who) -> Result<Value, String> {
    let (site, project) = find_project(world, project)?;
    let kind = world.sites[site].project(project).types[0];
    let call = rest::Call::by_hand(
        site,
        who,
        json!({ "fields": { "project": { "id": project }, "issuetype": { "id": kind.to_string() }, "summary": summary } }),
    );
    match rest::create(world, &call) {
        Ok(answer) => Ok(answer.body.unwrap_or_default()["key"].clone()),
        Err(answer) => Err(answer.body.unwrap_or_default().to_string()),
    }
}

/// As on the board: the first open transition that leads there, its resolution filled in.
fn move_issue(world: &mut World, issue: &str, status: &str, who: Who) -> Result<(), String> {
    let (site, id) = find_issue(world, issue)?;
    let owner = &world.sites[site];
    let project = owner.issues[&id].project;
    let target = status_of(world, site, project, status)?;
    if owner.issues[&id].status == target {
        return Ok(());
    }
    let open = available(owner, id, who)
        .into_iter()
        .find(|found| found.open && found.transition.to == target);
    let transition = open
        .ok_or_else(|| {
            format!(
                "There is no way to {} from here.",
                owner.status(target).name
            )
        })?
        .transition;
    let resolution = transition
        .screen
        .iter()
        .any(|(field, _)| *field == "resolution")
        .then(|| owner.resolutions[0].id);
    carry_out(world, site, id, who, &transition, resolution);
    Ok(())
}

fn comment(world: &mut World, issue: &str, text: &str, who: Who) -> Result<(), String> {
    let (site, id) = find_issue(world, issue)?;
    if text.trim().is_empty() {
        return Err("a comment needs words".to_owned());
    }
    let at = world.now();
    let number = world.sites[site].next_id();
    if let Some(issue) = world.sites[site].issues.get_mut(&id) {
        issue.comments.push(Comment {
            id: number,
            author: who,
            body: adf::from_text(text),
            at,
        });
        issue.updated_at = at;
    }
    world.touch(site);
    webhook::fire(world, site, id, who, &Happening::CommentCreated(number));
    Ok(())
}

fn who(name: Option<&str>) -> Result<Who, String> {
    name.map_or(Ok(&people::EVERYBODY[0]), |name| {
        people::named(name).ok_or_else(|| "nobody of that name".to_owned())
    })
}

/// Keys are unique over all sites here, ids too.
pub(crate) fn find_issue(world: &World, id_or_key: &str) -> Result<(usize, u64), String> {
    let found = world
        .sites
        .iter()
        .enumerate()
        .find_map(|(at, site)| site.find_issue(id_or_key).map(|issue| (at, issue.id)));
    found.ok_or_else(|| format!("no issue {id_or_key}"))
}

pub(super) fn find_project(world: &World, project: &str) -> Result<(usize, u64), String> {
    let found = world
        .sites
        .iter()
        .enumerate()
        .find_map(|(at, site)| site.find_project(project).map(|project| (at, project.id)));
    found.ok_or_else(|| format!("no project {project}"))
}

pub(super) fn find_site(world: &World, site: &str) -> Result<usize, String> {
    world
        .site_by_slug(site)
        .or_else(|| world.site_by_cloud_id(site))
        .ok_or_else(|| format!("no site {site}"))
}

pub(super) fn status_of(
    world: &World,
    site: usize,
    project: u64,
    status: &str,
) -> Result<u64, String> {
    let owner = &world.sites[site];
    let found =
        owner.project(project).statuses.iter().copied().find(|id| {
            id.to_string() == status || owner.status(*id).name.eq_ignore_ascii_case(status)
        });
    found.ok_or_else(|| format!("the project has no status {status}"))
}
