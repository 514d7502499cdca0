// Preloaded into npm: without a word, npm leaves out optional packages (compiled parts, such as the bundler's) whose
// `engines` do not fit the Node that runs npm. What will run them is the pinned Node.
Object.defineProperty(process, 'version', { value: process.env.CONCLAVE_PINNED_NODE, enumerable: true });
