//! sdk/gm itself, in every way it can be asked: alone, in batches, by message and by digest, without tables and with tables
//! of each window, on each engine of this CPU.

use super::{KeyPair, Peer};
use crate::case::{Case, Input, Signature, Verdict};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use yinglian_gm::sm2::{
    DigestItem, Engine, KnownKey, MessageItem, PublicKey, SigningKey, Verifier, Window,
};

/// How the verifier is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Alone,
    /// Digests of so many cases at once.
    Batch(usize),
    /// The same with messages where the case has one.
    Messages(usize),
}

/// Which tables the keys have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    None,
    All(Window),
    /// Another window for each key in turn, none for the seventh.
    Mixed,
}

/// Keys with their tables, shared by all ways, so that none is built twice for neighbouring cases.
#[derive(Default)]
pub struct Keys(VecDeque<Kept>);

struct Kept {
    key: Vec<u8>,
    identity: Vec<u8>,
    window: Option<Window>,
    /// None for what is no key.
    known: Option<Arc<KnownKey>>,
}

/// sdk/gm asked in one way.
pub struct Gm {
    verifier: Arc<Verifier>,
    way: Way,
    tables: Tables,
    keys: Rc<RefCell<Keys>>,
}

/// Tables kept: at most 832 KiB each.
const KEYS_KEPT: usize = 192;
const WINDOWS: [Option<Window>; 7] = [
    Some(Window::W6),
    Some(Window::W8),
    Some(Window::W5),
    Some(Window::W7),
    Some(Window::W9),
    Some(Window::W10),
    None,
];

/// A verifier for each engine that this CPU has.
pub fn verifiers() -> Vec<(Engine, Arc<Verifier>)> {
    let engines = Engine::available();
    engines.iter().copied().map(|engine| (engine, Arc::new(Verifier::with(engine)))).collect()
}

/// Every way worth asking, with its name.
pub fn ways() -> Vec<(String, Gm)> {
    let mut ways = Vec::new();
    let keys = Rc::new(RefCell::new(Keys::default()));
    for (engine, verifier) in verifiers() {
        let mut add = |way: Way, tables: Tables| {
            let gm = Gm { verifier: verifier.clone(), way, tables, keys: keys.clone() };
            ways.push((format!("{engine:?} {way:?} {tables:?}"), gm));
        };
        if engine == Engine::PORTABLE {
            // One by one all engines are the same code.
            add(Way::Alone, Tables::None);
            add(Way::Alone, Tables::Mixed);
        }
        add(Way::Messages(31), Tables::Mixed);
        add(Way::Batch(64), Tables::None);
        add(Way::Batch(9), Tables::All(Window::W6));
        add(Way::Batch(64), Tables::All(Window::W8));
        add(Way::Batch(7), Tables::Mixed);
        add(Way::Batch(256), Tables::Mixed);
    }
    ways
}

impl Gm {
    pub fn new(verifier: Arc<Verifier>, way: Way, tables: Tables) -> Self {
        Self { verifier, way, tables, keys: Rc::default() }
    }

    fn key(&mut self, case: &Case) -> Option<Arc<KnownKey>> {
        let window = match self.tables {
            Tables::None => None,
            Tables::All(window) => Some(window),
            // The key decides, so that a run can be replayed.
            Tables::Mixed => {
                WINDOWS[usize::from(case.key.last().copied().unwrap_or(0)) % WINDOWS.len()]
            }
        };
        self.keys.borrow_mut().known(case, window)
    }

    fn alone(&mut self, case: &Case) -> bool {
        let Some(key) = self.key(case) else { return false };
        match &case.input {
            Input::Message(message) => self.verifier.verify(&key, message, signature(case)),
            Input::Digest(digest) => self.verifier.verify_digest(&key, digest, signature(case)),
        }
    }

    fn batch(&mut self, cases: &[Case], by_message: bool) -> Vec<bool> {
        let keys: Vec<_> = cases.iter().map(|case| self.key(case)).collect();
        let mut verdicts = vec![false; cases.len()];
        let (mut messages, mut digests) = (Vec::new(), Vec::new());
        for (place, (case, key)) in cases.iter().zip(&keys).enumerate() {
            let (Some(key), signature) = (key.as_deref(), signature(case)) else { continue };
            match &case.input {
                Input::Message(message) if by_message => {
                    messages.push((place, MessageItem { key, message, signature }));
                }
                Input::Message(message) => {
                    digests
                        .push((place, DigestItem { key, digest: key.digest(message), signature }));
                }
                Input::Digest(digest) => {
                    digests.push((place, DigestItem { key, digest: *digest, signature }))
                }
            }
        }
        let (places, items): (Vec<usize>, Vec<_>) = digests.into_iter().unzip();
        let answers = self.verifier.verify_batch(&items);
        assert_eq!(answers.len(), places.len(), "a verdict for each item");
        let (message_places, items): (Vec<usize>, Vec<_>) = messages.into_iter().unzip();
        let message_answers = self.verifier.verify_messages(&items);
        assert_eq!(message_answers.len(), message_places.len(), "a verdict for each item");
        let places = places.into_iter().chain(message_places);
        for (place, answer) in places.zip(answers.into_iter().chain(message_answers)) {
            verdicts[place] = answer;
        }
        verdicts
    }
}

/// A signature in DER is handed over as it is: it is no 64 bytes, so it must be refused.
fn signature(case: &Case) -> &[u8] {
    let (Signature::Raw(bytes) | Signature::Der(bytes)) = &case.signature;
    bytes
}

impl Keys {
    fn known(&mut self, case: &Case, window: Option<Window>) -> Option<Arc<KnownKey>> {
        let same = |kept: &&Kept| {
            kept.window == window && kept.key == case.key && kept.identity == case.identity
        };
        // The newest first: neighbouring cases share a key.
        if let Some(kept) = self.0.iter().rev().find(same) {
            return kept.known.clone();
        }
        let known = PublicKey::from_bytes(&case.key)
            .and_then(|key| KnownKey::new(&key, &case.identity))
            .ok();
        let known = known.map(|known| match window {
            Some(window) => Arc::new(known.with_table(window)),
            None => Arc::new(known),
        });
        if self.0.len() == KEYS_KEPT {
            self.0.pop_front();
        }
        let (key, identity) = (case.key.clone(), case.identity.clone());
        self.0.push_back(Kept { key, identity, window, known: known.clone() });
        known
    }
}

impl Peer for Gm {
    fn name(&self) -> String {
        format!("sdk/gm {:?} {:?}", self.way, self.tables)
    }

    fn verify_all(&mut self, cases: &[Case]) -> Vec<Verdict> {
        let verdicts: Vec<bool> = match self.way {
            Way::Alone => cases.iter().map(|case| self.alone(case)).collect(),
            Way::Batch(size) => {
                cases.chunks(size).flat_map(|chunk| self.batch(chunk, false)).collect()
            }
            Way::Messages(size) => {
                cases.chunks(size).flat_map(|chunk| self.batch(chunk, true)).collect()
            }
        };
        verdicts.into_iter().map(Verdict::of).collect()
    }

    fn sign_all(
        &mut self,
        pair: &KeyPair,
        identity: &[u8],
        messages: &[Vec<u8>],
    ) -> Option<Vec<[u8; 64]>> {
        let key = SigningKey::from_bytes(&pair.secret, identity).ok()?;
        Some(messages.iter().map(|message| key.sign(message, None)).collect())
    }
}
