import type { catalogue as english } from '../en/catalogue.ts';
import { common } from './common.ts';
import { dashboard } from './dashboard.ts';
import { errors } from './errors.ts';
import { invites } from './invites.ts';
import { prejoin } from './prejoin.ts';
import { room } from './room.ts';
import { setup } from './setup.ts';

export const catalogue: typeof english = { common, errors, invites, prejoin, dashboard, setup, room };
