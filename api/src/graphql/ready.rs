//! What a screen has read ahead: whoever goes by an edge looks here before asking a batch.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};

use crate::http::prescan::OperationKind;
use crate::kit::error::{Error, Result};

/// What was read ahead in one request, by batch and sort of key. Only that of a query holds anything: a
/// command changes what was read, and a stream outlives it, so theirs takes nothing and knows nothing, and
/// everything is read when it is asked for.
pub struct Ready(Option<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>);

type Known<K, V> = HashMap<K, Option<V>>;

impl Ready {
    /// That of a request of this kind.
    #[must_use]
    pub fn of(kind: OperationKind) -> Self {
        match kind {
            OperationKind::Query => Self(Some(Mutex::default())),
            OperationKind::Mutation | OperationKind::Subscription => Self(None),
        }
    }

    /// `asked` were read, and these were `found`: of the others it is known that there is nothing. Without
    /// effect outside of queries.
    pub fn put<L, K>(&self, asked: impl IntoIterator<Item = K>, found: HashMap<K, L::Value>)
    where
        K: Eq + Hash + Clone + Send + Sync + 'static,
        L: Loader<K> + 'static,
    {
        let Some(all) = &self.0 else { return };
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all
            .entry(TypeId::of::<(L, K)>())
            .or_insert_with(|| Box::new(Known::<K, L::Value>::new()));
        let Some(known) = known.downcast_mut::<Known<K, L::Value>>() else { return };
        for key in asked {
            let value = found.get(&key).cloned();
            known.insert(key, value);
        }
        known.extend(found.into_iter().map(|(key, value)| (key, Some(value))));
    }

    /// What is known of a key: that there is this, that there is nothing, or nothing is known.
    #[must_use]
    pub fn get<L, K>(&self, key: &K) -> Option<Option<L::Value>>
    where
        K: Eq + Hash + Clone + Send + Sync + 'static,
        L: Loader<K> + 'static,
    {
        let all = self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&TypeId::of::<(L, K)>())?;
        known.downcast_ref::<Known<K, L::Value>>()?.get(key).cloned()
    }
}

/// What stands behind `key`: read ahead, or by a batch.
///
/// # Errors
/// A fault of the database.
pub async fn one<L, K>(
    ctx: &Context<'_>,
    batches: &DataLoader<L>,
    key: K,
) -> Result<Option<L::Value>>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    L: Loader<K, Error = Error> + 'static,
{
    let ready = ctx.data::<Ready>().ok().and_then(|ready| ready.get::<L, K>(&key));
    match ready {
        Some(known) => Ok(known),
        None => batches.load_one(key).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lengths;

    impl Loader<String> for Lengths {
        type Value = usize;
        type Error = Error;

        async fn load(&self, keys: &[String]) -> Result<HashMap<String, usize>> {
            Ok(keys.iter().map(|key| (key.clone(), key.len())).collect())
        }
    }

    impl Loader<u8> for Lengths {
        type Value = usize;
        type Error = Error;

        async fn load(&self, _: &[u8]) -> Result<HashMap<u8, usize>> {
            Ok(HashMap::new())
        }
    }

    #[test]
    fn nothing_and_not_known_are_two_however_often_somebody_asked() {
        let ready = Ready::of(OperationKind::Query);
        let word = String::from;
        let found = HashMap::from([(word("one"), 3), (word("beside"), 6)]);
        ready.put::<Lengths, String>(["one", "one", "none", "none"].map(word), found);
        assert_eq!(ready.get::<Lengths, String>(&word("one")), Some(Some(3)));
        assert_eq!(ready.get::<Lengths, String>(&word("beside")), Some(Some(6)));
        assert_eq!(ready.get::<Lengths, String>(&word("none")), Some(None));
        assert_eq!(ready.get::<Lengths, String>(&word("other")), None);
        assert_eq!(ready.get::<Lengths, u8>(&1), None);
    }

    #[test]
    fn what_changes_things_or_goes_on_holds_nothing() {
        for kind in [OperationKind::Mutation, OperationKind::Subscription] {
            let ready = Ready::of(kind);
            ready.put::<Lengths, u8>([1, 2], HashMap::from([(1, 7)]));
            assert_eq!(ready.get::<Lengths, u8>(&1), None, "{kind:?}: read it anew");
            assert_eq!(ready.get::<Lengths, u8>(&2), None, "{kind:?}: it may be there by now");
        }
    }
}
