import { AppError } from '@conclave/protocol/errors';
import { ParticipantId, SessionId } from '@conclave/protocol/ids';
import { MediaCheck, MuteParticipant, OpenCheck, PatchParticipant, PutParticipant, Receivers } from '@conclave/protocol/media-api/internal';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { peerName } from '@conclave/runtime/internal-identity';
import { z } from 'zod';
import { openCheck } from '../checks/checks.ts';
import type { NodeContext } from '../node-context.ts';
import {
  deleteParticipant,
  deleteSession,
  listReceivers,
  muteParticipant,
  patchParticipant,
  putParticipant,
} from '../sessions/sessions.ts';

const SessionParams = z.object({ sessionId: SessionId });
const ParticipantParams = z.object({ sessionId: SessionId, participantId: ParticipantId });

/** Mounts `/internal/v1` for the part `server` alone, known by its certificate. */
export function mountInternalRoutes(
  app: HttpsServer,
  ctx: NodeContext,
  metrics: { contentType: string; metrics(): Promise<string> },
): void {
  void app.register(
    async (scope) => {
      scope.addHook('onRequest', async (request, reply) => {
        if (peerName(request.raw.socket) !== 'server') throw new AppError('not_allowed');
        void reply.header('cache-control', 'no-store');
      });
      scope.put('/sessions/:sessionId/participants/:participantId', async (request) => {
        const { sessionId, participantId } = ParticipantParams.parse(request.params);
        return putParticipant(ctx, sessionId, participantId, PutParticipant.parse(request.body));
      });
      scope.patch('/sessions/:sessionId/participants/:participantId', async (request) => {
        const { sessionId, participantId } = ParticipantParams.parse(request.params);
        patchParticipant(ctx, sessionId, participantId, PatchParticipant.parse(request.body).grants);
        return {};
      });
      scope.post('/sessions/:sessionId/participants/:participantId/mute', async (request) => {
        const { sessionId, participantId } = ParticipantParams.parse(request.params);
        await muteParticipant(ctx, sessionId, participantId, MuteParticipant.parse(request.body).sources);
        return {};
      });
      scope.get('/receivers', async () => Receivers.parse({ receivers: listReceivers(ctx) }));
      scope.delete('/sessions/:sessionId/participants/:participantId', async (request) => {
        const { sessionId, participantId } = ParticipantParams.parse(request.params);
        deleteParticipant(ctx, sessionId, participantId);
        return {};
      });
      scope.delete('/sessions/:sessionId', async (request) => {
        deleteSession(ctx, SessionParams.parse(request.params).sessionId);
        return {};
      });
      scope.post('/checks', async (request) => MediaCheck.parse(await openCheck(ctx, OpenCheck.parse(request.body))));
      scope.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()));
    },
    { prefix: '/internal/v1' },
  );
}
