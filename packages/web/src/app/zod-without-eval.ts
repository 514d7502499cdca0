import { config } from 'zod';

// zod compiles object schemas with `new Function` where it may; our content security policy forbids that, and each
// attempt would be reported. Must run before any schema is made, so it is the first import of `main.tsx`.
config({ jitless: true });
