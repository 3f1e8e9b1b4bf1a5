import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraLayers } from '../../relay/web/encodings.js';
import { SenderTuner } from '../../relay/web/sender_tuner.js';

function fakeSender() {
    const encodings = [{ rid: 'q' }, { rid: 'h' }, { rid: 'f' }];
    const sender = { calls: 0, running: 0, refuse: 0, encodings };
    sender.getParameters = () => structuredClone({ encodings: sender.encodings });
    sender.setParameters = async (parameters) => {
        assert.equal(sender.running++, 0, 'two changes at once');
        await new Promise((resolve) => setImmediate(resolve));
        sender.running--;
        sender.calls++;
        if (sender.refuse-- > 0) {
            throw new Error('InvalidModificationError');
        }
        sender.encodings = parameters.encodings;
    };
    return sender;
}

test('many wishes at once become one after the other, and the last one stands', async () => {
    const sender = fakeSender();
    let wanted = [true, true, true];
    const tuner = new SenderTuner(sender, () => ({ layers: cameraLayers(1280, 720), wanted }));
    const first = tuner.tune();
    wanted = [true, true, false];
    tuner.tune();
    wanted = [true, false, false];
    tuner.tune();
    await first;
    assert.deepEqual(sender.encodings.map(({ active }) => active), [true, false, false]);
    assert.ok(sender.calls <= 2);
    await tuner.tune();
    assert.ok(sender.calls <= 2, 'nothing to do');
});

test('a refusal is no harm, and the next time does it', async () => {
    const sender = fakeSender();
    sender.refuse = 1;
    const tuner = new SenderTuner(sender, () => ({ layers: cameraLayers(1280, 720), wanted: [] }));
    await tuner.tune();
    assert.equal(sender.encodings[0].active, undefined);
    await tuner.tune();
    assert.equal(sender.encodings[0].active, true);
});
