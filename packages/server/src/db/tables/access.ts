import type { RoomId, TeamId } from '@conclave/protocol/ids';
import type { SettingsPatch } from '@conclave/protocol/rest/settings';
import type { PermissionMap, RoleName } from '@conclave/protocol/roles';
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Read back parsed, written as text: pg would turn a JavaScript array into a PostgreSQL array. */
type Json<T> = ColumnType<T, string, string>;
type Since = Generated<Date>;

/** Teams, their members and keys, and rooms. */
export interface AccessTables {
  auth_users: {
    id: Generated<string>;
    name: string;
    email: string;
    email_verified: Generated<boolean>;
    image: string | null;
    created_at: Since;
    updated_at: Since;
  };
  auth_accounts: {
    id: Generated<string>;
    user_id: string;
    account_id: string;
    provider_id: string;
    password: string | null;
    created_at: Since;
    updated_at: Since;
  };
  teams: {
    id: TeamId;
    name: string;
    slug: string;
    on_plain_host: boolean;
    settings: ColumnType<SettingsPatch, string | undefined, string>;
    created_at: Since;
    updated_at: Since;
  };
  team_members: { team_id: TeamId; user_id: string; role: string; created_at: Since };
  developer_keys: {
    id: string;
    team_id: TeamId;
    digest: Buffer;
    sealed: Buffer;
    created_at: Since;
    revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  };
  rooms: {
    id: RoomId;
    team_id: TeamId;
    /** A bigint, which pg gives as text. */
    position: GeneratedAlways<string>;
    friendly_url: string;
    settings: Json<SettingsPatch>;
    version: Generated<number>;
    created_at: Since;
    updated_at: Since;
    deleted_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
    /** argon2id as a PHC string; null: no password. */
    password_hash: ColumnType<string | null, string | null | undefined, string | null>;
    password_version: Generated<number>;
    /** Counts what changes who may come in; see `rooms/entry-epoch.ts`. */
    entry_epoch: Generated<number>;
  };
  /** The team's own roles; the built-in ones are in `access/roles.ts`. */
  roles: {
    id: string;
    team_id: TeamId;
    name: RoleName;
    display_name: string;
    description: string;
    permissions: Json<PermissionMap>;
    created_at: Since;
    updated_at: Since;
  };
  setup_tokens: { digest: Buffer; created_at: Since };
}
