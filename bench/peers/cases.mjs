// What is measured. `tandem`: how it is to treat sound and pictures; `plugin`: of Janus; `load`: tandem-load's scenario;
// `wanted`: the largest ratio of CPU a packet, Tandem : Janus, that is good.
export const CASES = [
  {
    name: 'pairs', title: '50 rooms of 2, sound', tandem: 'audio=forward', plugin: 'videoroom', wanted: 1 / 10,
    load: ['--rooms', '50', '--callers', '2', '--receive-audio', '1'],
  },
  {
    name: 'one-to-many', title: 'one camera to 100 viewers, pictures only', tandem: 'video=forward', plugin: 'videoroom', wanted: 1 / 10,
    load: ['--rooms', '1', '--callers', '1', '--watchers', '100', '--video-only', '--receive-video', '1'],
  },
  {
    name: 'conference', title: 'a conference of 10, sound and pictures of all', tandem: 'audio=forward&video=forward', plugin: 'videoroom', wanted: 1 / 10,
    load: ['--rooms', '1', '--callers', '10', '--video', '--receive-audio', '9', '--receive-video', '9'],
  },
  {
    name: 'mixed-10', title: '4 mixed rooms of 10, three speak', tandem: 'audio=mix', plugin: 'audiobridge', wanted: null,
    load: ['--rooms', '4', '--callers', '10', '--speakers', '3', '--all-at-once', '--receive-audio', '1'],
  },
  {
    name: 'mixed-50', title: 'a mixed room of 50, three speak', tandem: 'audio=mix', plugin: 'audiobridge', wanted: 1 / 50,
    load: ['--rooms', '1', '--callers', '50', '--speakers', '3', '--all-at-once', '--receive-audio', '1'],
  },
];

// Who calls before anything is measured, and leaves: what a server makes at its first call only is no caller's.
export const FIRST_CALL = ['--rooms', '1', '--callers', '2', '--room', 'first-{room}', '--receive-audio', '1', '--duration', '1s'];
