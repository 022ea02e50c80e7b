//! The conformance suite of the `Store` trait: every promise, one function, on any implementation.

pub mod commits;
pub mod past;
pub mod reads;
pub mod watches;

/// A test per promise, on the store that `$open` makes; what it returns beside lives until the end.
macro_rules! conformance {
    ($open:expr; $($module:ident :: $promise:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                let (store, _keep) = $open.await;
                crate::suite::$module::$promise(&*store).await;
                kontiki_store::Store::close(&*store).await;
            }
        )*
    };
}

/// The whole suite.
macro_rules! whole_suite {
    ($open:expr) => {
        crate::suite::conformance! { $open;
            commits::revisions_are_dense_and_times_never_go_back,
            commits::a_repeated_id_gets_the_first_outcome,
            commits::a_clock_that_jumps_ahead_forgets_no_request_and_ends_no_watch,
            commits::a_refused_commit_changes_nothing,
            commits::preconditions_may_name_unchanged_keys,
            commits::a_uid_is_required_where_asked,
            commits::counters_stop_at_their_limit,
            commits::a_put_that_changes_nothing_takes_no_revision,
            commits::what_goes_may_change_in_the_same_commit,
            commits::misshapen_commits_are_refused,
            commits::concurrent_creates_have_one_winner,
            commits::concurrent_counters_never_pass_the_limit,
            commits::a_closed_store_takes_no_commits,
            reads::lists_touch_only_their_range,
            reads::lists_are_in_key_order_at_one_revision,
            reads::a_barrier_sees_every_acknowledged_commit,
            reads::status_counts_objects_and_bytes,
            watches::a_watch_resumes_at_every_inner_revision,
            watches::what_is_told_together_is_whole_and_shared,
            watches::a_watch_of_all_delivers_whole_commits,
            watches::watches_see_only_their_range_and_share_nothing_else,
            watches::deletions_are_seen_at_their_own_revision,
            watches::many_watchers_see_every_change_once_in_order,
            watches::a_watch_from_the_future_is_refused,
            watches::progress_is_told_only_when_nothing_waits,
            watches::closing_ends_watches,
            past::an_object_is_read_as_it_was,
            past::a_list_is_read_as_it_was_across_deletions,
            past::pages_of_one_revision_fit_together,
            past::an_inner_revision_answers_as_of_the_commits_end,
            past::history_tells_who_when_and_why,
            past::a_deletion_has_its_last_state_in_history,
            past::changes_of_a_range_are_told_in_pages_from_either_end,
            past::a_time_finds_the_newest_commit_of_then,
        }
    };
}

pub(crate) use {conformance, whole_suite};
