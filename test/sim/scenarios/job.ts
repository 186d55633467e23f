// One process of `npm run sim -- --scenario`: tries its share of the crashes and tells how each ended.

import { playShare, type ScenarioJob } from './share.ts';

process.once('message', (job: ScenarioJob) => {
  void playShare(job, (news) => process.send?.(news)).then(() => process.disconnect?.());
});
