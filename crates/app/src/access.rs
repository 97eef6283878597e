//! Who may do what: the checks that every use case begins with. What a caller may not know of is `NotFound`; that is
//! decided where the thing is read. Here is only what depends on the caller alone.

use upvow_domain::{Caller, PersonId, Role, Scope, access::Via};

use crate::{AppError, Result};

/// Needs this role, and of a token this scope. A visitor is told to sign in; somebody known is told what is missing.
pub(crate) fn need(caller: &Caller, role: Role, scope: Scope) -> Result<()> {
    if !caller.has_scope(scope) {
        return Err(AppError::Forbidden {
            needs: format!("the scope {}", scope.name()),
        });
    }
    if caller.at_least(role) {
        return Ok(());
    }
    person(caller)?;
    Err(AppError::Forbidden {
        needs: format!("the role {}", role.name()),
    })
}

/// The person who asks; a visitor must sign in first.
pub(crate) fn person(caller: &Caller) -> Result<PersonId> {
    caller.person.ok_or(AppError::SignInNeeded)
}

/// What concerns one's own account is done in the browser: a token that leaks must not become an account that is lost.
pub(crate) fn own_account(caller: &Caller) -> Result<PersonId> {
    let person = person(caller)?;
    if matches!(caller.via, Via::Token(..)) {
        return Err(AppError::Forbidden {
            needs: "a signed-in browser".to_owned(),
        });
    }
    Ok(person)
}

#[cfg(test)]
mod tests {
    use upvow_domain::{ProjectId, TokenId};

    use super::*;

    fn caller(role: Role, via: Via) -> Caller {
        let id = uuid::Uuid::from_u128(1);
        Caller {
            project: ProjectId::new(id),
            person: (via != Via::Nobody).then(|| PersonId::new(id)),
            role,
            via,
        }
    }

    /// Promise 9.3.
    #[test]
    fn each_is_told_what_is_missing() {
        let visitor = caller(Role::Voter, Via::Nobody);
        assert!(need(&visitor, Role::Voter, Scope::PostsRead).is_ok());
        assert!(matches!(
            need(&visitor, Role::Moderator, Scope::PostsWrite),
            Err(AppError::SignInNeeded)
        ));

        let token = TokenId::new(uuid::Uuid::from_u128(2));
        let owner = caller(Role::Owner, Via::Token(token, vec![Scope::PostsRead]));
        assert!(need(&owner, Role::Owner, Scope::PostsRead).is_ok());
        assert!(matches!(
            need(&owner, Role::Voter, Scope::PostsWrite),
            Err(AppError::Forbidden { needs }) if needs == "the scope posts:write"
        ));
        assert!(own_account(&owner).is_err());

        let voter = caller(Role::Voter, Via::Token(token, Scope::ALL.to_vec()));
        assert!(matches!(
            need(&voter, Role::Admin, Scope::Admin),
            Err(AppError::Forbidden { needs }) if needs == "the role admin"
        ));
        let program = Caller::program(voter.project);
        assert!(need(&program, Role::Owner, Scope::Admin).is_ok());
        assert!(matches!(person(&program), Err(AppError::SignInNeeded)));
    }
}
