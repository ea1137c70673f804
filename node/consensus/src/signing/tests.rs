//! Tests of signing behind the guard and of verification.

use super::*;
use crate::context::{BlockHeight, BlockId, ValidatorId};
use malachite::app::types::core::Round;
use prometheus_client::registry::Registry;
use yinglian_crypto::SigningKey;
use yinglian_protocol::{Address, GenesisHash, Hash, Height, Suite};

struct Bench {
    _folder: tempfile::TempDir,
    address: Address,
    key: PublicKey,
    signer: GuardedSigner,
    verifier: VoteVerifier,
    guard: Arc<Guard>,
    watch: Arc<Watch>,
    stopped: mpsc::UnboundedReceiver<Stopped>,
}

fn bench(suite: Suite) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let chain = Chain { genesis: GenesisHash(suite.hash(&[b"genesis"])), suite };
    let key = SigningKey::from_seed(suite, b"signing");
    let public_key = key.public_key().clone();
    let address = public_key.address();
    let path = folder.path().join("sign-state");
    let guard = Arc::new(Guard::open(&path, &chain.genesis, &address).unwrap());
    let (sender, stopped) = mpsc::unbounded_channel();
    let metrics = Metrics::new(&mut Registry::default());
    let watch = Arc::new(Watch::new(Some((address, guard.clone())), sender.clone()));
    let signer =
        GuardedSigner::new(chain, Arc::new(key), guard.clone(), None, metrics.clone(), sender);
    let verifier = VoteVerifier::new(chain, watch.clone(), metrics);
    Bench { _folder: folder, address, key: public_key, signer, verifier, guard, watch, stopped }
}

fn vote(address: Address, height: u64, value: u8) -> BlockVote {
    BlockVote {
        kind: VoteKind::Prevote,
        height: BlockHeight(height),
        round: Round::new(0),
        value: NilOrVal::Val(BlockId(Hash([value; 32]))),
        validator: ValidatorId(address),
    }
}

#[tokio::test]
async fn a_signed_vote_or_proposal_verifies_and_a_changed_one_does_not() {
    for suite in [Suite::International, Suite::National] {
        let bench = bench(suite);
        let proposal = BlockProposal {
            height: BlockHeight(5),
            round: Round::new(0),
            value: BlockId(Hash([1; 32])),
            lock_round: Round::Nil,
            proposer: ValidatorId(bench.address),
        };
        let signed = bench.signer.sign_proposal(proposal.clone()).await.unwrap();
        let check = |proposal: BlockProposal| {
            let (verifier, key, signature) = (&bench.verifier, &bench.key, signed.signature);
            async move {
                verifier
                    .verify_signed_proposal(&proposal, &signature, key)
                    .await
                    .unwrap()
                    .is_valid()
            }
        };
        assert!(check(proposal.clone()).await);
        assert!(!check(BlockProposal { lock_round: Round::new(0), ..proposal }).await);

        let signed = bench.signer.sign_vote(vote(bench.address, 5, 1)).await.unwrap();
        let check = |vote: BlockVote, signature: VoteSignature| {
            let (verifier, key) = (&bench.verifier, &bench.key);
            async move { verifier.verify_signed_vote(&vote, &signature, key).await.unwrap().is_valid() }
        };
        let mut other = signed.signature;
        other.0[40] ^= 1;
        assert!(!check(signed.message.clone(), other).await);
        assert!(check(signed.message.clone(), signed.signature).await);
        // A second look comes from memory, and still looks at every byte.
        assert!(check(signed.message.clone(), signed.signature).await);
        assert!(!check(vote(bench.address, 5, 2), signed.signature).await);
        assert!(!check(signed.message.clone(), other).await);
        assert_eq!(bench.watch.highest(&bench.address), Some((Height(5), 0)));
    }
}

#[tokio::test]
async fn a_second_vote_for_a_step_is_refused_and_ends_consensus() {
    let mut bench = bench(Suite::International);
    bench.signer.sign_vote(vote(bench.address, 5, 1)).await.unwrap();
    bench.signer.sign_vote(vote(bench.address, 5, 1)).await.unwrap();
    assert!(bench.stopped.try_recv().is_err());
    assert!(bench.signer.sign_vote(vote(bench.address, 5, 2)).await.is_err());
    assert!(matches!(bench.stopped.try_recv(), Ok(Stopped::Guard(_))));
    assert!(bench.guard.closed());
}

#[tokio::test]
async fn an_own_vote_that_this_process_did_not_sign_ends_consensus() {
    let mut bench = bench(Suite::International);
    let twin = SigningKey::from_seed(Suite::International, b"signing");
    let seen = |bench: &Bench, height| {
        let vote = vote(bench.address, height, 1);
        let signature = twin.sign_now(&vote.signing_bytes(&bench.verifier.chain.genesis)).into();
        let (verifier, key) = (bench.verifier.clone(), bench.key.clone());
        async move { verifier.verify_signed_vote(&vote, &signature, &key).await.unwrap().is_valid() }
    };
    // While it follows, votes that a lost disk signed come by in quorums.
    assert!(seen(&bench, 6).await);
    assert!(bench.stopped.try_recv().is_err());
    bench.watch.arm(Height(7));
    bench.signer.sign_vote(vote(bench.address, 7, 1)).await.unwrap();
    assert!(seen(&bench, 7).await);
    assert!(seen(&bench, 6).await);
    assert!(bench.stopped.try_recv().is_err());
    assert!(seen(&bench, 8).await);
    assert!(matches!(bench.stopped.try_recv(), Ok(Stopped::Twin(_))));
}
