//! Indexes that commits keep are those that are made anew from the state, and pages are read in their order.

use super::*;
use yinglian_contract_api::{Call, CallError, Contract, Ctx};
use yinglian_interface::{Interface, Value};
use yinglian_protocol::{Code, Hash, Name};
use yinglian_store::Options;

const SUITE: Suite = Suite::International;
const OWNERS: [&str; 2] = ["11410400XX0000019H", "11410400XX0000027C"];

struct Cases(Arc<Interface>);

impl Contract for Cases {
    fn name(&self) -> &str {
        "cases"
    }
    fn interface(&self) -> Option<Arc<Interface>> {
        Some(Arc::clone(&self.0))
    }
    fn has_method(&self, _: &str, _: u16) -> bool {
        false
    }
    fn admit(&self, _: &Call<'_>) -> Result<Vec<String>, Code> {
        Err(Code::METHOD_UNKNOWN)
    }
    fn call(&self, _: &mut Ctx<'_>, _: &Call<'_>) -> Result<(), CallError> {
        Err(Code::METHOD_UNKNOWN.into())
    }
}

fn interface() -> Arc<Interface> {
    let text = include_str!("../../../api/tests/support/cases.json");
    Arc::new(Interface::from_json(text).unwrap())
}

fn contracts(interface: Arc<Interface>) -> Contracts {
    Contracts::new(vec![Box::new(Cases(interface))]).unwrap()
}

/// A case; its note makes versions differ that stand at one place.
fn case(owner: usize, amount: u64, tags: &[&str], note: &str) -> Vec<u8> {
    let interface = interface();
    let entity = interface.shape().entity("case").unwrap();
    let json = serde_json::json!({
        "owner": OWNERS[owner], "region": "410402", "amount": amount, "note": note, "tags": tags,
    });
    let values = interface.codec().parse_record(&entity.layout(), &json).unwrap();
    let body = interface.codec().encode_record(&entity.layout(), &values, 65_536).unwrap();
    let previous_hash = Hash::ZERO;
    RegistryValue {
        schema: 1,
        version: 1,
        written_at: None,
        previous_at: None,
        previous_hash,
        body,
    }
    .encode()
}

type State = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

fn changes(state: &State) -> ChangeSet {
    let mut changes = ChangeSet::default();
    for (key, value) in state {
        match value {
            Some(value) => changes.put(Space::RegistryValues, key.clone(), value.clone()),
            None => changes.delete(Space::RegistryValues, key.clone()),
        }
    }
    changes
}

fn store(state: &State) -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { head_room_bytes: 0, ..Options::default() };
    let store = Store::open(folder.path(), &options).unwrap();
    store.set_genesis(b"genesis", &changes(state)).unwrap();
    (folder, store)
}

/// All places, without what is known of the height.
fn places(store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    store.objects(&[MARKS], HEIGHT, usize::MAX).unwrap()
}

fn number(number: usize) -> Vec<u8> {
    format!("cases.case/N-{number:04}").into_bytes()
}

fn first() -> State {
    let many =
        (0..1_200).map(|at| (number(at), Some(case(at % 2, (at % 7) as u64, &["a", "b"], ""))));
    let others =
        [(b"cases.casework/N-1".to_vec(), Some(b"of nobody".to_vec())), (b"org/x".to_vec(), None)];
    many.chain(others).collect()
}

#[test]
fn what_commits_keep_is_what_is_made_anew() {
    let mut state = first();
    let (_folder, kept) = store(&state);
    let objects = Objects::open(SUITE, &contracts(interface()), &kept).unwrap();
    let block: State = [
        (number(0), Some(case(0, 0, &["a", "b"], "another note"))),
        (number(1), Some(case(0, 99, &["c"], ""))),
        (number(2), Some(case(1, 2, &[], ""))),
        (number(3), None),
        (number(4), Some(b"no value at all".to_vec())),
        (number(5_000), Some(case(1, 1, &["a"], ""))),
    ]
    .into();
    let kept_by = objects.changes(&kept, &changes(&block), Height(1)).unwrap();
    kept.index_objects(|_| anyhow::Ok(kept_by)).unwrap();
    state.extend(block);
    let (_folder, anew) = store(&state);
    Objects::open(SUITE, &contracts(interface()), &anew).unwrap();
    assert!(places(&kept) == places(&anew));
    // Marks, an owner, a region and a number for each case, and a place for each tag.
    assert!(places(&anew).len() > 5 * 1_190, "{}", places(&anew).len());
}

#[test]
fn an_index_left_behind_or_half_made_is_made_anew_and_one_that_nobody_declares_goes() {
    let (_folder, store) = store(&first());
    let contracts = contracts(interface());
    Objects::open(SUITE, &contracts, &store).unwrap();
    let whole = places(&store);
    // As a program without indexes leaves it: another height.
    put(&store, HEIGHT, &7_u64.to_be_bytes()).unwrap();
    put(&store, &[&whole.last().unwrap().0[..], b"stale"].concat(), b"stale").unwrap();
    Objects::open(SUITE, &contracts, &store).unwrap();
    assert!(places(&store) == whole);
    // As a stop in the middle leaves it.
    let (mark, _) = whole[0].clone();
    let first = |(place, _): &&(Vec<u8>, Vec<u8>)| place[0] == PLACES && place[1..9] == mark[1..];
    let place = whole.iter().find(first).unwrap().0.clone();
    put(&store, &mark, UNSURE).unwrap();
    store.index_objects(|_| anyhow::Ok(vec![ObjectChange { place, object: None }])).unwrap();
    Objects::open(SUITE, &contracts, &store).unwrap();
    assert!(places(&store) == whole);
    let nothing = Contracts::new(vec![]).unwrap();
    Objects::open(SUITE, &nothing, &store).unwrap();
    assert!(places(&store).is_empty());
}

#[test]
fn pages_follow_the_fields_and_an_index_that_is_being_made_gives_none() {
    let (_folder, store) = store(&first());
    let contracts = contracts(interface());
    let objects = Objects::open(SUITE, &contracts, &store).unwrap();
    let name = |text| Name::parse(text).unwrap();
    let mut page = IndexPage {
        contract: name("cases"),
        entity: name("case"),
        index: name("by_owner"),
        given: vec![Value::Text(OWNERS[1].into())],
        after: None,
        objects_max: 250,
    };
    let mut seen: Vec<StoredObject> = Vec::new();
    loop {
        let found = objects.page(&store, &page).unwrap().unwrap();
        let is_last = found.len() < page.objects_max;
        seen.extend(found);
        page.after = seen.last().map(|object| object.place.clone());
        if is_last {
            break;
        }
    }
    let number = |key: &str| key.strip_prefix("N-").unwrap().parse::<usize>().unwrap();
    let order: Vec<(usize, usize)> =
        seen.iter().map(|object| number(&object.key)).map(|at| (at % 7, at)).collect();
    assert_eq!(order.len(), 600);
    assert!(order.is_sorted() && order.iter().all(|(_, at)| at % 2 == 1), "{order:?}");

    let index = objects.plans().find(&page.contract, &page.entity, &page.index).unwrap().id;
    put(&store, &mark_of(&index), UNSURE).unwrap();
    assert_eq!(objects.page(&store, &page).unwrap(), None);
    assert!(!objects.is_complete(&store).unwrap());
    objects.complete(&store).unwrap();
    assert!(objects.page(&store, &page).unwrap().is_some());
}
