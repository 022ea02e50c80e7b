//! Nobody may give away rights they do not have.

use std::collections::BTreeSet;

use kontiki_api::Text;

use super::Rule;
use super::rule::path_matches;

/// Single rights that are looked at one by one: four lists of a few hundred in one rule would be thousands of millions.
const MOST: usize = 20_000;
/// How often a right may be compared with an item of a rule that is held.
const COMPARED: usize = 20_000_000;
/// Two lists whose lengths multiply to no more than this are compared item by item.
const FEW: usize = 10_000;
/// Rights that are told to be missing.
const TOLD: usize = 1_000;

/// Those rights among `wanted` that no rule of `held` includes: single ones (one verb of one resource of one group, or of one path),
/// a thousand of them at most. A rule that is too long to be taken apart is missing as a whole, unless one of `held` includes all of it.
pub fn uncovered(held: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    let is_covered = |right: &Rule| held.iter().any(|rule| covers(rule, right));
    let items: usize = held.iter().map(length).sum();
    let (mut missing, mut left) = (Vec::new(), MOST.min(COMPARED / items.max(1)));
    for rule in wanted.iter().filter(|rule| !is_covered(rule)) {
        match left.checked_sub(count(rule)) {
            Some(rest) => {
                left = rest;
                missing.extend(split(rule).filter(|right| !is_covered(right)));
            }
            None => missing.push(rule.clone()),
        }
    }
    missing.truncate(TOLD);
    missing
}

/// How many items the lists of `rule` have.
const fn length(rule: &Rule) -> usize {
    let of_resources = rule.api_groups.len() + rule.resources.len() + rule.resource_names.len();
    rule.verbs.len() + of_resources + rule.non_resource_urls.len()
}

/// How many single rights `rule` gives.
fn count(rule: &Rule) -> usize {
    let named = rule.resource_names.len().max(1);
    let of_resources = [rule.resources.len(), named].into_iter().fold(rule.api_groups.len(), usize::saturating_mul);
    rule.verbs.len().saturating_mul(of_resources.saturating_add(rule.non_resource_urls.len()))
}

fn split(rule: &Rule) -> impl Iterator<Item = Rule> {
    let of_verb = |verb| Rule { verbs: vec![Text::clone(verb)], ..Rule::default() };
    let paths = rule.verbs.iter().flat_map(move |verb| {
        rule.non_resource_urls.iter().map(move |url| Rule { non_resource_urls: vec![url.clone()], ..of_verb(verb) })
    });
    let names = || {
        let all = rule.resource_names.is_empty().then(Vec::new);
        rule.resource_names.iter().map(|name| vec![name.clone()]).chain(all)
    };
    let resources = rule.verbs.iter().flat_map(move |verb| {
        rule.api_groups.iter().flat_map(move |group| {
            rule.resources.iter().flat_map(move |resource| {
                names().map(move |resource_names| Rule {
                    api_groups: vec![group.clone()],
                    resources: vec![resource.clone()],
                    resource_names,
                    ..of_verb(verb)
                })
            })
        })
    });
    paths.chain(resources)
}

/// Whether `rule` alone includes all of `right`.
fn covers(rule: &Rule, right: &Rule) -> bool {
    let all = |held: &[Text], wanted: &[Text]| {
        let held = Items::new(held, wanted.len());
        held.has("*") || wanted.iter().all(|item| held.has(item))
    };
    let urls = |url: &Text| rule.non_resource_urls.iter().any(|held| path_matches(held, url));
    all(&rule.verbs, &right.verbs)
        && all(&rule.api_groups, &right.api_groups)
        && resources_cover(&rule.resources, &right.resources)
        && names_cover(rule, right)
        && right.non_resource_urls.iter().all(urls)
}

fn resources_cover(held: &[Text], wanted: &[Text]) -> bool {
    let held = Items::new(held, wanted.len());
    let of_all = |wanted: &str| wanted.split_once('/').is_some_and(|(_, subresource)| held.has(&format!("*/{subresource}")));
    held.has("*") || wanted.iter().all(|wanted| held.has(wanted) || of_all(wanted))
}

fn names_cover(rule: &Rule, right: &Rule) -> bool {
    let held = Items::new(&rule.resource_names, right.resource_names.len());
    rule.resource_names.is_empty() || (!right.resource_names.is_empty() && right.resource_names.iter().all(|name| held.has(name)))
}

/// The items of a list that is held, in order where many are looked for among many.
enum Items<'r> {
    Few(&'r [Text]),
    Many(BTreeSet<&'r str>),
}

impl<'r> Items<'r> {
    fn new(held: &'r [Text], wanted: usize) -> Self {
        if held.len().saturating_mul(wanted) > FEW {
            Self::Many(held.iter().map(|item| &**item).collect())
        } else {
            Self::Few(held)
        }
    }

    fn has(&self, wanted: &str) -> bool {
        match self {
            Self::Few(held) => held.iter().any(|item| &**item == wanted),
            Self::Many(held) => held.contains(wanted),
        }
    }
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
    fn a_rule_of_very_many_rights_is_judged_as_a_whole() {
        let texts = |of: &str| (0..300).map(|at| format!("{of}{at}").into()).collect::<Vec<Text>>();
        let long = Rule {
            verbs: texts("v"),
            api_groups: texts("g"),
            resources: texts("r"),
            resource_names: texts("n"),
            ..Rule::default()
        };
        let everything =
            Rule { verbs: vec!["*".into()], api_groups: vec!["*".into()], resources: vec!["*".into()], ..Rule::default() };
        let long = [long];
        assert_eq!(uncovered(&[], &long), long);
        assert!(uncovered(&[everything], &long).is_empty());
        let many = Rule { verbs: texts("v"), non_resource_urls: texts("/").split_off(250), ..Rule::default() };
        assert_eq!(uncovered(&[], &[many]).len(), TOLD, "as many as are told");
    }

    #[test]
    fn the_more_rules_are_held_the_fewer_rights_are_looked_at_one_by_one() {
        let texts = |of: &str| (0..100).map(|at| format!("{of}{at}").into()).collect::<Vec<Text>>();
        let wanted = [Rule { verbs: texts("v"), api_groups: vec!["".into()], resources: texts("r"), ..Rule::default() }];
        let held = |count: usize| (0..count).map(|at| rule(&["get"], &[&format!("x{at}")], &[])).collect::<Vec<_>>();
        assert_eq!(uncovered(&held(100), &wanted).len(), TOLD, "10,000 rights");
        assert_eq!(uncovered(&held(2_000), &wanted), wanted, "as a whole");
    }

    #[test]
    fn long_lists_are_covered_as_short_ones_are() {
        let texts = |of: &str, count: usize| (0..count).map(|at| format!("{of}{at}").into()).collect::<Vec<Text>>();
        let with = |resources: Vec<Text>, names: Vec<Text>| Rule { resources, resource_names: names, ..rule(&["get"], &[], &[]) };
        for count in [3, 50_000] {
            let held = [with(texts("r", count), texts("n", count))];
            assert!(uncovered(&held, &held).is_empty());
            let more = with(vec!["r1".into()], texts("n", count + 1));
            assert_eq!(uncovered(&held, &[more]).len(), 1, "one name more");
            let subresources = [with(texts("*/s", count), Vec::new())];
            assert!(uncovered(&subresources, &[with(texts("pods/s", count), Vec::new())]).is_empty());
            assert_eq!(uncovered(&subresources, &[with(vec!["pods".into()], Vec::new())]).len(), 1);
            let everything = [with([texts("r", count), vec!["*".into()]].concat(), Vec::new())];
            assert!(uncovered(&everything, &[with(texts("x/y", count), texts("n", 1))]).is_empty());
        }
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
