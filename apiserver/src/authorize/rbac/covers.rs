//! Nobody may give away rights they do not have.

use super::Rule;
use super::rule::{has, path_matches, resource_matches};

/// Those single rights among `wanted` (one verb of one resource of one group, or of one path) that no rule of
/// `held` includes.
pub fn uncovered(held: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    let single = wanted.iter().flat_map(split);
    single.filter(|right| !held.iter().any(|rule| covers(rule, right))).collect()
}

fn split(rule: &Rule) -> Vec<Rule> {
    let mut rights = Vec::new();
    for verb in &rule.verbs {
        for url in &rule.non_resource_urls {
            rights.push(Rule { verbs: vec![verb.clone()], non_resource_urls: vec![url.clone()], ..Rule::default() });
        }
        for group in &rule.api_groups {
            for resource in &rule.resources {
                let names = &rule.resource_names;
                let each = names.iter().map(|name| vec![name.clone()]).chain(names.is_empty().then(Vec::new));
                rights.extend(each.map(|resource_names| Rule {
                    verbs: vec![verb.clone()],
                    api_groups: vec![group.clone()],
                    resources: vec![resource.clone()],
                    resource_names,
                    ..Rule::default()
                }));
            }
        }
    }
    rights
}

/// Whether `rule` includes `right`, which is single.
fn covers(rule: &Rule, right: &Rule) -> bool {
    let all = |held: &[_], wanted: &[kontiki_api::Text]| wanted.iter().all(|item| has(held, item));
    let urls = |url: &kontiki_api::Text| rule.non_resource_urls.iter().any(|held| path_matches(held, url));
    all(&rule.verbs, &right.verbs)
        && all(&rule.api_groups, &right.api_groups)
        && right.resources.iter().all(|wanted| rule.resources.iter().any(|held| resource_covers(held, wanted)))
        && names_cover(rule, right)
        && right.non_resource_urls.iter().all(urls)
}

fn resource_covers(held: &str, wanted: &str) -> bool {
    let (resource, subresource) = wanted.split_once('/').unwrap_or((wanted, ""));
    held == wanted || resource_matches(held, resource, subresource)
}

fn names_cover(rule: &Rule, right: &Rule) -> bool {
    let listed = |name| rule.resource_names.contains(name);
    rule.resource_names.is_empty() || (!right.resource_names.is_empty() && right.resource_names.iter().all(listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(verbs: &[&str], resources: &[&str], names: &[&str]) -> Rule {
        let texts = |list: &[&str]| list.iter().map(|item| (*item).into()).collect();
        Rule {
            verbs: texts(verbs),
            api_groups: vec!["".into()],
            resources: texts(resources),
            resource_names: texts(names),
            ..Rule::default()
        }
    }

    #[test]
    fn several_narrow_rules_cover_a_wide_one() {
        let held = [rule(&["get"], &["pods"], &[]), rule(&["list"], &["*"], &[])];
        assert!(uncovered(&held, &[rule(&["get", "list"], &["pods"], &[])]).is_empty());
    }

    #[test]
    fn what_is_not_held_is_named() {
        let held = [rule(&["get"], &["pods"], &["web"])];
        assert_eq!(uncovered(&held, &[rule(&["get"], &["pods"], &[])]), [rule(&["get"], &["pods"], &[])]);
        assert_eq!(uncovered(&held, &[rule(&["get"], &["pods"], &["web", "db"])]), [rule(&["get"], &["pods"], &["db"])]);
        assert_eq!(uncovered(&held, &[rule(&["*"], &["pods"], &["web"])]), [rule(&["*"], &["pods"], &["web"])]);
        assert_eq!(uncovered(&held, &[rule(&["get"], &["pods/log"], &["web"])]).len(), 1);
    }
}
