// Loaded before each file of the lab. Ctrl-C reaches the whole process group, and a test process that
// died of it would leave its engines running: the test command ends the run instead, so that the hooks
// which clear the lab away are played.

process.on('SIGINT', () => {});
