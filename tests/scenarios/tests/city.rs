//! Every scenario of `city/`, each on a network of its own.

use yinglian_scenarios::play;

#[tokio::test]
async fn an_exchange_is_contested_and_reconciled() -> anyhow::Result<()> {
    play(include_str!("../city/exchange_contested.toml")).await
}

#[tokio::test]
async fn authority_runs_out_and_the_channel_never_stalls() -> anyhow::Result<()> {
    play(include_str!("../city/authority_runs_out.toml")).await
}

#[tokio::test]
async fn one_side_is_silent_and_the_deadline_counts_working_days() -> anyhow::Result<()> {
    play(include_str!("../city/silent_consumer.toml")).await
}
