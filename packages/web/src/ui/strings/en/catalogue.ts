import { common } from './common.ts';
import { dashboard } from './dashboard.ts';
import { errors } from './errors.ts';
import { invites } from './invites.ts';
import { prejoin } from './prejoin.ts';
import { room } from './room.ts';
import { setup } from './setup.ts';

/** Every text of the page, by area. English is the model that other languages are typed against. */
export const catalogue = { common, errors, invites, prejoin, dashboard, setup, room };
