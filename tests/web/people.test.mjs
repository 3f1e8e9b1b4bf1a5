import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inOrder } from '../../relay/web/people.js';

test('raised hands come first, in their order, and screens are nobody', () => {
    const models = [{ id: 's', screen: true, hand: 0 }, { id: 'a', hand: 0 }, { id: 'b', hand: 2 }, { id: 'c', hand: 1 }];
    assert.deepEqual(inOrder(models).map(({ id }) => id), ['c', 'b', 'a']);
});
