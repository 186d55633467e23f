// What `npm run sim -- --help` prints.

export const USAGE = `npm run sim -- [OPTIONS]

Worlds by seeds, unless something else is asked for:
  --seeds N          so many worlds (200)
  --from SEED        beginning with this seed (1)
  --faults KINDS     only with these faults, with commas between them, and commits: cut,crash
  --jobs N           on so many processes (2)

One of these worlds as a transcript:
  --replay SEED
  --faults KINDS     as it was played

A crash at every point of written stories, each compared with the story without one:
  --scenario NAMES   with commas between them, or "all"; a name that does not exist lists all
  --pairs            instead: in short stories two crashes, each when an effect has landed and is not answered
  --product          instead: in short stories two crashes, each at every moment of an effect
  --jobs N           on so many processes (2)

One of these runs as a transcript:
  --scenario NAME
  --crash POINTS     as the report names them (17:before or w3:after, also with commas); "" is no crash

For those who work on Plimsoll:
  --write-diaries    after a change that is meant, writes down anew what the stories without a crash do

Every run ends with exit code 0 if everything held, else with 1. What invariants and faults there are stands in
src/docs/simulation.md. Which bugs the simulator finds is tried by \`npm run sim:mutants\`: it plants some and plays.`;
