import { AlertRulePatch, AlertRules, AlertsPage, AlertsQuery, AlertRule } from '@conclave/protocol/rest/log';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { z } from 'zod';
import { requireOwner } from '../access/owner.ts';
import type { ServerContext } from '../context.ts';
import { acknowledge, changeRule, readAlerts, readTeamRules } from './actions.ts';

const AlertParams = z.object({ id: z.uuid() });
const RuleParams = z.object({ id: z.string().max(64) });

/** Alerts and their rules, below `/api/log`, for the signed-in owner of a team. */
export async function alertRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  const { db, access } = ctx;

  app.get('/alerts', async (request) => {
    const member = await requireOwner(db, access, request);
    return AlertsPage.parse(await readAlerts(ctx, member, AlertsQuery.parse(request.query)));
  });

  app.post('/alerts/:id/acknowledge', async (request) => {
    const member = await requireOwner(db, access, request);
    return acknowledge(ctx, { member, address: request.ip }, AlertParams.parse(request.params).id);
  });

  app.get('/rules', async (request) => {
    const member = await requireOwner(db, access, request);
    return AlertRules.parse({ rules: await readTeamRules(ctx, member) });
  });

  app.patch('/rules/:id', async (request) => {
    const member = await requireOwner(db, access, request);
    const { id } = RuleParams.parse(request.params);
    return AlertRule.parse(await changeRule(ctx, { member, address: request.ip }, id, AlertRulePatch.parse(request.body)));
  });
}
