//! Two reviewers empty a queue of real sentences; an independent recount agrees.
//!
//! 200 comments and 65 ideas are sent by 24 people. Two reviewers name causes on the way, decline
//! with a reason, ask, join twins, split, hand over, merge causes, and take some of it back. Then
//! every figure is counted again over the raw rows ([`recount`]).

mod cast;
mod desk;
mod figures;
mod recount;

use entity::instant::{MINUTE, SECOND};

use crate::kit::app::TestApp;
use crate::on_both;

/// How long the play may take on one database, beside others on two cores.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

on_both! {
    async fn two_reviewers_empty_the_queue_and_a_recount_agrees(app) {
        tokio::time::timeout(LIMIT, play(app)).await.expect("it is over within its time");
    }
}

/// The whole play.
async fn play(app: &TestApp) {
    let cast = cast::Cast::perform(app).await;
    let mut desk = desk::Desk::open(app, &cast).await;
    desk.empty_the_queue().await;
    desk.cases_are_answered().await;
    app.pass(2 * MINUTE).await;
    let desk = &mut desk.back_again().await;
    desk.join_twenty_and_take_back_three().await;
    desk.hand_over_ten().await;
    desk.merge_two_causes_and_take_it_back().await;
    desk.reject_a_cause().await;
    app.pass(61 * SECOND).await;
    let desk = desk.back_again().await;
    figures::agree(app, &desk).await;
}
