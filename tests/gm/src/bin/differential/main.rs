//! Holds sdk/gm against other implementations on random cases. Comes in: a seed and a number of cases. Goes out: a table of
//! what was compared, exit 1 when anything differs, with what replays it. Never: two runs of a seed that differ.

use anyhow::{Result, ensure};
use clap::Parser;
use gm_peers::campaign;
use gm_peers::case::{Case, Input, Signature, Verdict};
use gm_peers::peers::gm::{self, Gm};
use gm_peers::peers::{self, KeyPair, Peer};
use gm_peers::random::Random;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

mod symmetric;

/// sdk/gm signs and peers verify; peers sign and sdk/gm verifies; altered signatures are refused by all.
#[derive(Parser)]
struct Arguments {
    /// SM2 signatures made by sdk/gm; 100,000 take about half an hour
    #[arg(long, default_value_t = 1024)]
    cases: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave out the peers that run as programs of their own
    #[arg(long)]
    linked_only: bool,
}

/// Signatures by one key, which are made and verified together.
const CHUNK: usize = 64;
/// Disagreements shown in full.
const SHOWN: usize = 5;

/// A peer, and how seldom it is asked: in one chunk of so many.
struct Seat {
    peer: Box<dyn Peer>,
    every: usize,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    verified: usize,
    refused: usize,
    signed: usize,
    not_asked: usize,
}

struct Campaign {
    random: Random,
    seed: u64,
    seats: Vec<Seat>,
    ways: Vec<(String, Gm)>,
    strangers: Vec<KeyPair>,
    asked_of_gm: usize,
    alterations: BTreeMap<&'static str, usize>,
    differ: usize,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    std::panic::set_hook(Box::new(|panic| eprintln!("caught: {panic}")));
    let mut random = Random::new(arguments.seed);
    let strangers = (0..8).map(|_| campaign::key_pair(&mut random)).collect();
    let mut campaign = Campaign {
        random,
        strangers,
        seed: arguments.seed,
        seats: seats(arguments.linked_only),
        ways: gm::ways(),
        asked_of_gm: 0,
        alterations: BTreeMap::new(),
        differ: 0,
    };
    let chunks = arguments.cases.div_ceil(CHUNK);
    let mut told = Instant::now();
    for chunk in 0..chunks {
        campaign.chunk(chunk)?;
        if told.elapsed() > Duration::from_secs(5) {
            told = Instant::now();
            eprintln!("{} of {} cases, {} differ", chunk * CHUNK, chunks * CHUNK, campaign.differ);
        }
    }
    campaign.report(chunks * CHUNK);
    let symmetric =
        symmetric::compare(&mut campaign.random, arguments.cases, arguments.linked_only)?;
    ensure!(
        campaign.differ + symmetric == 0,
        "{} disagreements; seed {}",
        campaign.differ + symmetric,
        arguments.seed
    );
    Ok(())
}

fn seats(linked_only: bool) -> Vec<Seat> {
    let mut all = peers::linked();
    if !linked_only {
        let (pipes, absent) = peers::pipe::start_all();
        for reason in absent {
            eprintln!("left out: {reason}");
        }
        all.extend(pipes.into_iter().map(|pipe| Box::new(pipe) as Box<dyn Peer>));
    }
    let seat = |peer: Box<dyn Peer>| {
        // The slow ones are asked less, so that none takes most of the time.
        let every = match peer.name() {
            name if name.starts_with("sm-crypto") => 32,
            name if name.starts_with("libsm") || name.starts_with("efficient") => 4,
            name if name.starts_with("Bouncy") || name.starts_with("gmssl-pyx") => 8,
            _ => 1,
        };
        Seat { peer, every, tally: Tally::default() }
    };
    all.into_iter().map(seat).collect()
}

impl Campaign {
    fn chunk(&mut self, number: usize) -> Result<()> {
        let pair = campaign::key_pair(&mut self.random);
        let identity = campaign::identity(&mut self.random);
        let messages: Vec<Vec<u8>> = (0..CHUNK)
            .map(|_| {
                let length = self.random.length();
                self.random.bytes(length)
            })
            .collect();
        let ours = self.own_signatures(&pair, &identity, &messages)?;
        let good = cases(&pair, &identity, &messages, &ours);
        let bad: Vec<Case> = good.iter().map(|case| self.altered(case)).collect();
        self.ask_peers(number, &good, &bad);
        self.ask_gm(&good, Verdict::Valid, "own");
        self.ask_gm(&bad, Verdict::Invalid, "altered");
        self.peers_sign(number, &pair, &identity, &messages);
        Ok(())
    }

    /// Every other signature is hedged; the deterministic ones must be RustCrypto's byte for byte.
    fn own_signatures(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Result<Vec<[u8; 64]>> {
        let key = yinglian_gm::sm2::SigningKey::from_bytes(&pair.secret, identity)?;
        let reference = self.seats[0].peer.sign_all(pair, identity, &messages[..4]);
        for (message, reference) in messages.iter().zip(reference.into_iter().flatten()) {
            if key.sign(message, None) != reference {
                self.differs(
                    "a deterministic signature is not RustCrypto's",
                    &cases(pair, identity, std::slice::from_ref(message), &[reference])[0],
                );
            }
        }
        let sign = |(place, message): (usize, &Vec<u8>)| {
            let hedge: [u8; 32] = self.random.array();
            key.sign(message, (place % 2 == 0).then_some(&hedge))
        };
        Ok(messages.iter().enumerate().map(sign).collect())
    }

    fn altered(&mut self, good: &Case) -> Case {
        let (case, name) = campaign::altered(good, &self.strangers, &mut self.random);
        *self.alterations.entry(name).or_default() += 1;
        case
    }

    fn ask_peers(&mut self, number: usize, good: &[Case], bad: &[Case]) {
        let mut differ = Vec::new();
        for seat in self.seats.iter_mut().filter(|seat| number.is_multiple_of(seat.every)) {
            for (cases, expected) in [(good, Verdict::Valid), (bad, Verdict::Invalid)] {
                for (case, verdict) in cases.iter().zip(seat.peer.verify_all(cases)) {
                    match verdict {
                        Verdict::CannotAsk => seat.tally.not_asked += 1,
                        verdict if verdict != expected => {
                            differ.push((
                                format!("{} says {verdict:?}, not {expected:?}", seat.peer.name()),
                                case.clone(),
                            ));
                        }
                        Verdict::Valid => seat.tally.verified += 1,
                        _ => seat.tally.refused += 1,
                    }
                }
            }
        }
        for (what, case) in differ {
            self.differs(&what, &case);
        }
    }

    /// Each chunk goes to every way alone and in batches, on every engine.
    fn ask_gm(&mut self, cases: &[Case], expected: Verdict, whose: &str) {
        let mut differ = Vec::new();
        for (name, way) in &mut self.ways {
            for (case, verdict) in cases.iter().zip(way.verify_all(cases)) {
                self.asked_of_gm += 1;
                if verdict != expected {
                    differ.push((
                        format!("sdk/gm ({name}) says {verdict:?} of {whose}, not {expected:?}"),
                        case.clone(),
                    ));
                }
            }
        }
        for (what, case) in differ {
            self.differs(&what, &case);
        }
    }

    fn peers_sign(&mut self, number: usize, pair: &KeyPair, identity: &[u8], messages: &[Vec<u8>]) {
        for place in 0..self.seats.len() {
            let seat = &mut self.seats[place];
            if !number.is_multiple_of(seat.every) {
                continue;
            }
            let Some(signatures) = seat.peer.sign_all(pair, identity, messages) else {
                seat.tally.not_asked += messages.len();
                continue;
            };
            seat.tally.signed += signatures.len();
            let name = seat.peer.name();
            let signed = cases(pair, identity, messages, &signatures);
            self.ask_gm(&signed, Verdict::Valid, &name);
        }
    }

    fn differs(&mut self, what: &str, case: &Case) {
        self.differ += 1;
        if self.differ <= SHOWN {
            println!("DIFFERS (seed {}): {what}\n  {case:02x?}", self.seed);
        }
    }

    fn report(&self, cases: usize) {
        println!(
            "SM2, seed {}: {cases} signatures by sdk/gm, as many altered; {} verdicts by sdk/gm",
            self.seed, self.asked_of_gm
        );
        println!(
            "{:<30} {:>10} {:>10} {:>10} {:>10}",
            "peer", "verified", "refused", "signed", "not asked"
        );
        for Seat { peer, tally, .. } in &self.seats {
            println!(
                "{:<30} {:>10} {:>10} {:>10} {:>10}",
                peer.name(),
                tally.verified,
                tally.refused,
                tally.signed,
                tally.not_asked
            );
        }
        let altered: Vec<String> =
            self.alterations.iter().map(|(name, count)| format!("{name} {count}")).collect();
        println!("altered: {}\ndisagreements: {}", altered.join(", "), self.differ);
    }
}

fn cases(
    pair: &KeyPair,
    identity: &[u8],
    messages: &[Vec<u8>],
    signatures: &[[u8; 64]],
) -> Vec<Case> {
    let case = |(message, signature): (&Vec<u8>, &[u8; 64])| Case {
        key: pair.public.clone(),
        identity: identity.to_vec(),
        input: Input::Message(message.clone()),
        signature: Signature::Raw(signature.to_vec()),
    };
    messages.iter().zip(signatures).map(case).collect()
}
