/** English sentences and what they mean. Each pattern is a whole sentence: what is more than it says may be a wish, and is read as one. */
import { echo, key, rule, type Language } from './language.ts'

const IT =
  '(?: it| that| this| them| this one| that one| the command| that command| this command| its command| the plan| the change| that change| the changes| the request| the thing)?(?: once)?'
const OF = '(?:,? (?:of |for |on |in |from |with |to )?TASK)?'
/** What a task asks or did, without a name: "the thing that T4 wants", "what T4 is asking for". */
const ASKED =
  '(?:(?:the|that|this) )?(?:thing|stuff|command|request|plan|change|changes|step|review|work|one)(?: (?:that )?TASK (?:is asking(?: for)?|asks(?: for)?|wants(?: to do| to run)?|needs|made|did)| (?:of|for|from|in|by) TASK)|(?:what|whatever) TASK (?:wants|is asking(?: for)?|asks(?: for)?|wants to do|wants to run|needs|did|has done|changed|made|does|is doing)'
const GOOD = '(?:good|fine|okay|ok|alright|all right|great|good to go|good to me|fine by me|fine with me|okay with me|okay for me)'
/** A yes is one of these, or several in a row. */
const ASSENT = `(?:yes|yeah|yep|yup|yes please|sure|sure thing|of course|absolutely|okay|ok|mhm|mm-?hm|uh[ -]?huh|alright|all right|fine|go|go ahead(?: with (?:it|that|this))?|go for it|do it|do that|do so|please do|(?:you (?:can|may) |let it )(?:do|run|merge|have) (?:it|that|this|so)|you (?:can|may)|let it|let it (?:run|go|go ahead)|looks ${GOOD}|(?:that|it|this) (?:looks|sounds) ${GOOD}(?: to me)?|sounds ${GOOD}|(?:that's|that is|it's|it is|this is|everything's|everything is) (?:all |totally |perfectly )?${GOOD}|fine by me|fine with me|works for me|i'm (?:fine|happy|okay|ok|good) with (?:it|that|this)|lgtm|go for it|by all means|be my guest|proceed|you may proceed|permission granted|granted|(?:you have|it has|you've got) my (?:permission|approval|okay|ok|blessing)|thumbs up|green light|(?:it's|that's|this is) (?:a yes|approved|allowed)|give it (?:the|a) (?:go ahead|green light|okay|ok|go)|let it (?:proceed|continue|have it|(?:do|run) (?:the|its|this|that) [a-z]+)|land|land it|take it|approve|approved|allow|allowed|accept|accepted|confirm|confirmed|permit|ship|merge|run|execute|run it|run that|merge it|merge that|ship it|approve it|allow it|accept it|allow that|approve that)`
const NOT_DO = "(?:don't|do not|dont|never|you may not|you must not|you can't|you cannot)"
const DO = '(?:allow|approve|run|do|merge|accept|execute|ship|touch)'
const REFUSAL = `(?:no|nope|nah|no way|no thanks|no thank you|absolutely not|certainly not|definitely not|of course not|better not|rather not|i'd rather not|please don't|don't|do not|not (?:that|this|that one|this one)|${NOT_DO} ${DO}${IT}|${NOT_DO} let it(?: (?:do|run|merge|have))?${IT}|(?:it|that) (?:must not|may not|can't|cannot|shouldn't|should not|is not allowed to) (?:do|run|merge) (?:it|that|this)|i (?:don't|do not) (?:want|like) (?:it|that|this)|(?:that's|that is|it's|it is|this is) (?:way |much |far )?(?:too )?(?:dangerous|risky|wrong|not okay|not ok|not allowed|not good|not fine)|no go|that's a no|it's a no|not a chance|forget (?:it|that)|permission denied|under no circumstances|not in a million years|i say no|leave it(?: alone| be)?|block(?: it| that)?|veto(?: it| that)?|turn (?:it|that|this) down|deny|denied|reject|rejected|refuse|refused|decline|declined|disallow|veto|discard|not allowed|cancel|throw (?:it|that) away|get rid of (?:it|that))`
const REFUSE =
  "(?:block|turn down|veto|say no to|don't approve|do not approve|don't merge|do not merge|don't allow|don't accept|deny|reject|refuse|decline|discard|disallow|veto|throw away|get rid of|drop)"
const SEE =
  '(?:(?:show|give|send|let)(?: me)?(?: see)?|(?:can|could|may) (?:i|we)(?: please)? (?:see|have|get|look at|have a look at|take a look at)|let me (?:see|look at|have a look at|take a look at)|see|open|view|display|pull up|bring up|look at|have a look at|take a look at|check)'
const CHANGES =
  '(?:(?:the|all|its|all the|those|these|your|(?:the )?actual) )?(?:patch|diff|diffs|dif|div|difference|differences|changes|edits|code changes|changed files)'
const DID = '(?:changed|has changed|has been changed|changes|did|has done|was changed)'
/** What somebody at work does, as a question about it names it. */
const DOING =
  '(?: (?:do|does|doing|done|did|ask|asks|asking|asked|want|wants|need|needs|stop|stopped|stopping|run|running|fail|failed|wait|waits|waiting|change|changed|take so long|taking so long))?(?: to (?:do|run|change|know))?(?: me)?(?: for)?(?: that| it| this| so)?'
const WHO = '(?:TASK|it|that|this|you|he|she|they)'
const ALL = '(?<all>everything|all|all tasks|all the tasks|all of them|all of it|all agents|the whole lot|the lot|every task|everybody|everyone)'
const HALT = '(?:shut down|call off|abandon|stop|halt|abort|kill|terminate|end|quit)'
const GOING = '(?:going|doing|getting on|coming along|looking|progressing)'
const BACK_TO =
  '(?:restore|(?:(?:go|roll|get|bring|take|put|set|switch|jump)(?: me| us| it| that| this| all| everything| things| the (?:project|repo|repository|code|branch|whole thing|whole project|state))? )?back to|return to|rewind(?: (?:everything|it|us|me))? to|(?:i |we )(?:want|need|would like) (?:to (?:go|get|be) )?back to|(?:go|jump|switch|move) to(?= (?:the )?(?:C\\d|checkpoint))|use(?= (?:the )?(?:C\\d|checkpoint))|recover|reset(?: it| all| everything| things)? to|revert(?: it| all| everything)? to|bring back|load)'
const AS_IT_WAS = '(?: how (?:it|things|everything) (?:was|were|looked)(?: at| in| with)?| (?:the state|the version) (?:of|at|from))?'
const PERIOD =
  'since|(?:in|over|within|during) (?:the|that|this)? ?(?:last|past|meantime|night|day|weekend|week|morning|afternoon|evening|meeting|break)|during|after|overnight|yesterday|today|this (?:morning|afternoon|evening|week|month)|while|the last|the past|last'

export const ENGLISH: Language = {
  before:
    /^(?:(?:hey|hi|hello|oh|ok|okay|alright|all right|so|well|um+|uh+|er|and|but|now|just|wait|sorry|listen|please|actually|honestly|hang on|hold on|one moment|just a (?:second|sec|moment|minute)|quick question|by the way|good|great|nice|thanks|thank you|perfect|lugh|lou|lu|be so kind and|would you mind|do me a favou?r and|could you|can you|would you|will you|could we|can we|you can|you could|you may|we can|let's|go ahead and|i want you to|i need you to|i'd like you to|i would like you to|i want to|i'd like to|i would like to|i'd love to|i think)\b[,!.]? +)+/iu,
  after: /(?:[ ,]+(?:please|now|thanks|thank you|then|for now|lugh|for me|right now|right away|immediately|will you|would you|could you))+$/iu,
  tail: /(?:[ ,]+(?:okay|again|yet|already|anymore|any more|at the moment|real quick|really quick|quickly|so far|exactly|actually|today|just in case|if you can|for (?:a|one) (?:second|sec|minute|moment|bit|while)|(?:a|one) (?:second|sec|minute|moment|bit|while)|(?:i|we) (?:don't|do not) (?:need|want) (?:it|that|this)|(?:that's|it's|that is|it is) not needed))+$/iu,
  never: /(?<![\p{L}'])(?:no|not|never|nothing|dont|cannot|nope|nah|\p{L}+n't)(?![\p{L}'])/iu,
  inner: /[ ,]+(?:please|just|exactly|actually|maybe|quickly|really|guys|you know|then|also|again|ever)(?=[ ,])/giu,
  talk: {
    begins:
      /^(?:(?:and|but|because|cause|'cause|since|as|so|until|till|before|after|while|though)\b,? )*(?:i|i'm|i've|i'll|i'd|we|we're|we've|we'll|it|it's|its|that's|that|this|these|those|there|there's|they|they're|he's|she's|he|she|my|our|the|nobody|somebody|everybody|everyone|something|everything|nothing|all|otherwise|looks|sounds|seems|too|not needed|no need|T\d+|(?:sadly|unfortunately|apparently))(?![\p{L}'])/iu,
    runsOn:
      /^(?:because|cause|'cause|until|till|before (?:i|we|it)|while (?:i|we)|since (?:it|we|i)|as (?:i|we)|it's|it is|it was|it broke|it breaks|it will|it does|i'm|i am|i don't|i do not|i need|i want to|i have|we're|we are|we don't|we need|that's|that is|this is|there's|looks (?:good|fine|great)|sounds (?:good|fine)|they're)(?![\p{L}'])/iu,
    goesOn:
      /(?<![\p{L}'])(?:to|you|want|not|and|or|go|would|should|could|can|may|might|will|i|we|it|they|the|a|an|of|for|in|on|with|when|if|that|which|who|how|why|what)$/iu,
    orders:
      /(?<![\p{L}'])(?:should|shall|(?<!\b(?:i|we) )(?:must|needs? to|have to)|has to|ought|i'd like|i would like|want (?:a|an|the|you)|need (?:a|an)|wish|please|instead|make sure|so that|can you|could you|stays?|keeps? (?!\p{L}+ing)|if|when|once|unless|provided|assuming|said|says?|(?:was|were) told|shouted|(?<!'ve )thought|(?<!what i )meant|joking|kidding|would be|would never|question)(?![\p{L}'])/iu,
    limits:
      /(?<![\p{L}'])(?:but|if|unless|when|once|until|till|after|before|except|only|first|wait|though|although|however|later|instead|tomorrow|maybe|perhaps|probably|guess|think|know|check|question|minute|tell|ask|said|says|need to|(?:have|has) to|must|so far|again)(?![\p{L}'])/iu,
  },
  keys: new Map([
    ['approve', key('approve|allow|accept|permit|merge|land|ship|go ahead|green light')],
    ['deny', key('deny|denied|reject|rejected|refuse|decline|veto|disallow|turn down|forbid')],
    ['diff', key('diff|diffs|patch|changes|changed|change|modified|modifications|edits|edited|touched|differences?|code|lines|files?')],
    ['why', key('why|how come|reasons?|what for|for what|point|justify|made (?:it|you|TASK)|purpose|idea behind')],
    ['status', key('status|progress|news|update|updates|report|overview|state|finished|stuck|how far|coming along|getting on|up to')],
    ['stop', key('stop|halt|abort|kill|terminate|quit|cancel|shut down|call off|abandon|end|pull the plug')],
    ['pause', key('pause|paused|wait|hold|hold off|hold on|suspend|freeze|park|rest|break|on ice')],
    [
      'resume',
      key(
        'resume|continue|unpause|proceed|carry on|go on|keep going|keep working|pick up|back to work|wake|going again|start again|running again|working again',
      ),
    ],
    ['undo', key('undo|undone|revert|reverted|roll(?:ed)? back|rollback|take back|taken back|back out|reverse|unmerge|out of (?:main|master)')],
  ]),
  told: /(?<![\p{L}'])(?:i|we|they|i'm|we're|let me|(?:should|can|could|shall|did|will) (?:i|we)|is|are|it's|that's|was|were|had|has|been|will|would|might|could(?! you)|wants?|needs|ask(?:s|ed|ing)?|tell|remind|wake me|write|name|name it|call (?:it|the)|maybe|perhaps|if|when|before|after|whether|while|unless|later|try|command|nobody|nothing|(?:the|in|at|by) (?:the )?(?:end|rest)|the (?:stop|undo|pause)|got|failed|next (?:week|month|time)|things)(?![\p{L}'])/iu,
  every: key('all|everything|every|everybody|everyone'),
  asks: /^(?:how|what|where|when|which|who|why|is|are|was|were|does|do you|did|has|have you|will|how's|what's|where's|who's)(?![\p{L}'])/iu,
  echoes: { approve: echo(ASSENT), deny: echo(REFUSAL) },
  rules: [
    rule('deny', `${NOT_DO} ${DO}${IT}${OF}`),
    rule('deny', `${NOT_DO} (?:let|allow) TASK(?: to)?(?: (?:do|run|merge|have))?${IT}`),
    rule('deny', `${REFUSAL}${IT}${OF}`, { not: /^cancel.*TASK/u }),
    rule('deny', `TASK (?:must not|may not|can't|cannot|shouldn't|should not|is not allowed to|isn't allowed to) (?:do|run|merge|have)${IT}`),
    rule('deny', `${REFUSE} (?:(?:the )?(?:request|command|plan|change|changes|review) (?:of|for|from) TASK|${ASKED})(?: ${REFUSAL})?`),
    rule('deny', `i (?:don't|do not) (?:want|like) (?:${ASKED}|TASK)(?:,? (?:and )?${REFUSAL})?`),
    rule(
      'deny',
      `say no to (?:TASK|${ASKED})|tell TASK no|turn TASK down|(?:block|veto) TASK|(?:a |that's a )?no (?:for|to|on|from me (?:for|on)) TASK|(?:no )?thumbs down (?:for|to|on) TASK|thumbs down`,
    ),
    rule(
      'deny',
      `i (?:don't|do not) want TASK(?: to)?(?: be)? (?:merged?|approved?|allowed|run|do (?:it|that|this)|in|landed?)(?: (?:it|that|this))?|i (?:don't|do not) want (?:it|that|this)(?: to be)? (?:merged|approved|allowed|run|done|landed)`,
    ),
    rule('deny', `TASK(?: is|:|,)? (?:denied|rejected|refused|declined|not allowed|no)`),
    rule('approve', `${ASSENT}${IT}${OF}(?: into (?:main|master|the main branch))?`),
    rule(
      'approve',
      `(?:i )?(?:approve|allow|accept|confirm|merge|ship|permit|land|okay) (?:${ASKED}|TASK|number TASK)(?:'s (?:command|change|plan|request))?(?: into (?:main|master|the main branch))?`,
    ),
    rule(
      'approve',
      `(?:let|allow) TASK(?: to)? (?:do it|do that|do so|run|run it|run that|run (?:the|its|that) command|go|go ahead|merge|continue with it|proceed with it)`,
    ),
    rule(
      'approve',
      `(?:say yes to|give (?:the okay|the go ahead|a yes|the green light) to|i'm (?:fine|happy|okay|ok|good) with) (?:TASK|${ASKED})|tell TASK (?:yes|to go ahead)|give TASK (?:the okay|the go ahead|a yes|the green light)`,
    ),
    rule(
      'approve',
      `(?:TASK|${ASKED})(?: is| looks| sounds|:|,)?(?: all)? (?:${GOOD}(?: to me)?|approved|allowed|accepted|yes|go|go ahead|(?:can|may) (?:run|go ahead|go|do (?:it|that|so)|run (?:it|that|its command|the command|that command)|merge|be merged))`,
    ),
    rule('approve', `(?:TASK|${ASKED}) ${ASSENT}`),
    rule(
      'approve',
      `(?:thumbs up|(?:a |the )?green light|(?:that's )?a yes|yes|go ahead|permission granted) (?:for|to|on|from me for) (?:TASK|${ASKED})|(?:TASK|it) (?:has|gets|got|you have|you've got) my (?:permission|approval|okay|ok|blessing|yes)|let TASK (?:proceed|do its thing|have it|have that)|(?:TASK|you) (?:may|can) (?:proceed|do its thing)|(?:put|get|bring) TASK (?:in|into (?:main|master|the main branch))|TASK can (?:go|be merged|land)(?: in| into (?:main|master|the main branch))?`,
    ),
    rule(
      'approve',
      `(?:TASK|it|that) (?:is|was) (?:allowed|free|welcome) to (?:do|run|merge|have)${IT}|i (?:approve|allow|accept|confirm|permit)(?: of)?${IT}${OF}`,
    ),
    rule('diff', `(?:${SEE} )?${CHANGES}${OF}|${SEE} (?:the|that) change${OF}`),
    rule(
      'diff',
      `${SEE} (?:the |its )?(?:new )?code${OF}|${SEE} TASK's (?:diff|changes|change|patch|code|edits)|TASK's (?:diff|changes|patch)|what's different(?: (?:in|with|now|about) ?(?:TASK)?)?|what(?:'s| is) in (?:the|that) (?:change|changes|diff|patch)${OF}|what (?:does|would|will) (?:TASK|it) change|what did you do to the code`,
    ),
    rule(
      'diff',
      `(?:what|which) (?:lines|parts|code) (?:did|has|have|were) (?:TASK|it|you|they)? ?(?:touch|change|edit|rewrite|write)(?:ed|d|n)?(?: by TASK)?|how (?:did|has) (?:TASK|it) changed? the code`,
    ),
    rule('why', `what(?: is|'s) (?:TASK|it) trying to (?:do|achieve|get|accomplish)(?: (?:with|by) .{1,60})?`),
    rule(
      'why',
      `(?:(?:explain|tell me|say)(?: to me)? )?(?:why|how come|(?:what's|what is|give me|tell me) the reason(?: why)?) (?:.{1,40} )?TASK(?: .{1,80})?`,
    ),
    rule('diff', `${SEE} what(?: exactly)? (?:TASK|it|you|they) ${DID}|show(?: me)? what changed`),
    rule(
      'diff',
      `what (?:has |did )?(?:TASK|it) (?:changed?|touch(?:ed)?|edit(?:ed)?|do to the code)|what(?: has|'s| was)? changed(?: (?:in|by|for) TASK)?`,
    ),
    rule('diff', `(?:what|which) files? (?:did|has|have|were) (?:TASK|it|you|they)? ?(?:touch|change|edit)(?:ed|d)?(?: by TASK)?`),
    rule(
      'diff',
      `what (?:does|do) (?:the|that|its) (?:change|changes|diff)${OF} look like|how (?:does|do) (?:the|that|its) (?:change|changes|diff)${OF} look`,
    ),
    rule(
      'why',
      `(?:(?:explain|tell me|say)(?: to me)? )?(?:why|how come|what for)(?: (?:(?:is|was|does|did|do|are|has|have|would) )?${WHO}${DOING}| is that so)?|why TASK`,
    ),
    rule(
      'why',
      `(?:what|why) (?:does|do|did|would) ${WHO} (?:need|want) (?:that|it|this|to|to do that|to run (?:this|that|the|its) ?(?:command|thing)?|(?:this|that|the) (?:command|thing|file|access|permission))(?: for)?|(?:what's|what is) (?:it|that|this|the point|the point of (?:it|that|this))(?: all)?(?: (?:needed|good))?(?: for)?|for what(?: reason)?|justify (?:it|that|this|yourself)|explain yourself|what's your reason(?:ing)?|(?:give|tell) me (?:the|a|its|your) reasons?(?: (?:for|of|behind) (?:TASK|it|that|this))?|what made ${WHO} (?:do|ask|want|ask for|need) (?:it|that|this)`,
    ),
    rule(
      'why',
      `why (?:does|do|is|did|would) ${WHO} (?:want|need|ask|asking|trying|try)(?:ing)?(?: me)?(?: to| for)? ?(?:run|do|use|execute|change|merge|touch|delete|install|have)? ?(?:this|that|the|its|a|it)? ?(?:command|change|step|permission|file|files|thing|network|internet)?`,
    ),
    rule(
      'why',
      `explain${IT}${OF}|what's the reason(?: (?:for|behind|of) (?:TASK|it|that|this|${ASKED}|(?:this|that|the) (?:command|change|request)))?|(?:what's|what is) the reason (?:why )?${WHO} (?:is asking(?: for)?|asks(?: for)?|wants|needs|did|does|wants to do|wants to run)(?: (?:it|that|this))?|what is the reason(?: (?:for|behind) (?:TASK|it|that|this|${ASKED}))?`,
    ),
    rule(
      'status',
      `(?:(?:(?:show|give|tell|get)(?: me)? )?(?:(?:the|a|an|your) )?(?:quick |short |brief |current )?(?:status|state of things|overview|progress)(?: update| report)?|report|status report|(?:give me|any) (?:an |a quick |a short )?updates?|what's up|(?:what's|what is) (?:the|your) (?:current )?(?:status|state|progress)|how (?:is|are) (?:it|things|everything|we|you|all)(?: ${GOING})?(?: with (?:everything|it|that|all that))?|how's (?:it|everything|that|all)(?: ${GOING})?(?: with (?:everything|it|that|all that))?|where (?:are we|do we stand)(?: at)?|how far(?: along)? (?:are (?:you|we)|is it)|(?:what's|what is) (?:running|going on|happening|cooking|left|open|still open|pending|waiting)(?: to do| for me)?|what are you(?: guys| all)? (?:doing|working on|up to)|what (?:needs|wants) me|what do you need from me|do you need (?:me|anything)(?: from me)?|(?:does|is there) anything (?:need|waiting for) me|is (?:anything|something)(?: still)? (?:running|waiting|left|open|pending)(?: for me| to do)?|anything(?: waiting)? for me|are you(?: guys| all)?(?: still)? (?:working|busy|running|there|done|finished|ready|at it)(?: on it| on that)?|is (?:it|everything|all|that)(?: still)? (?:done|finished|ready|running|working))${OF}`,
    ),
    rule(
      'status',
      `(?:what|which) (?:tasks?|agents?) (?:is|are)(?: still| currently)? (?:running|working|active|open|left|waiting|done|busy|stuck|going)|(?:who|which one)(?:'s| is) (?:working|running|busy|doing what|working on what)|what (?:are|is) (?:the|my|your) (?:agents?|tasks?|team) (?:doing|up to|working on)|(?:list|show)(?: me)? (?:all )?(?:the |my )?(?:open |running )?tasks|where do things stand|how do things (?:look|stand)|how does it look|anything new|what's the state of (?:things|play|affairs)|(?:what's|what is) (?:the )?(?:progress|state|status|news|latest)(?: (?:of|on|with|for|from) TASK)?|TASK's (?:status|progress)|an? (?:quick |short )?(?:update|status|report)(?: (?:on|of|for|about) TASK)?|(?:give|send|tell|get) me (?:an? |the )?(?:quick |short |latest )?(?:update|status|news|progress|report|status report|status update)(?: (?:on|of|for|about|from) TASK)?`,
    ),
    rule('status', `(?:what is|what's) TASK (?:doing|up to|working on|at)|what about TASK(?: how's (?:it|that) ${GOING})?|where is TASK(?: at)?`),
    rule('status', `how(?: is|'s| far is| far along is| far) TASK(?: (?:${GOING}|along))?`),
    rule(
      'status',
      `is TASK(?: still)? (?:done|finished|ready|running|working|stuck|through|over|waiting|at it)|has TASK (?:finished|ended|started|landed|begun)|did TASK (?:finish|end|start)|any (?:news|progress|updates?) (?:on|from|of|with) TASK`,
    ),
    rule(
      'stop',
      `${HALT}(?: ${ALL})?(?: it| that| this| working| work| the task| the agent| the run)?${OF}|cancel TASK|cancel ${ALL}|${ALL} stop|TASK stop`,
    ),
    rule(
      'stop',
      `TASK (?:can|should|must|has to) (?:stop|end|be stopped|be cancelled|be aborted)|(?:tell|ask) (?:TASK|${ALL}) to (?:stop|halt|end)|make TASK stop|TASK needs to (?:stop|end)|(?:shut|call) (?:it|that|TASK|${ALL}) (?:down|off)|(?:knock|cut) it (?:off|out)|pull the plug(?: on (?:TASK|${ALL}|it|that))?|stop what you're doing|stop working on TASK|stop the work on TASK|stop the agent (?:on|of|for) TASK|(?:i )?(?:don't|do not) (?:need|want) TASK (?:anymore|any more|any longer)|get TASK to stop|put an end to (?:TASK|it|that|${ALL})|TASK can stop|i want TASK (?:stopped|to stop)`,
    ),
    rule(
      'pause',
      `(?:pause|hold|halt for now|hold on|hang on|suspend|wait|take a break|hold it|freeze|(?:give me|just) a (?:second|sec|minute|moment))(?: it| that| this| the task| the agent)?${OF}|(?:put|keep) (?:TASK|it|that|this) (?:on hold|on ice|on pause|aside)|(?:hold off|wait|hold|pause|hang on) (?:on|with) TASK|(?:park|freeze|suspend|halt) TASK(?: for now)?|give (?:TASK|it|the agent) a (?:break|rest|pause)|(?:let|have) TASK (?:hold on|take a break|wait)(?: a (?:bit|moment|minute|while|second))?|stop TASK for (?:now|a moment|the moment|a while|a minute|a second)|(?:let|make) TASK (?:wait|pause|rest)|TASK (?:can|should|must|has to) (?:wait|pause)|(?:tell|ask) TASK to (?:wait|pause|hold on)`,
      { not: /^wait for TASK/u },
    ),
    rule(
      'resume',
      `(?:resume|continue|go on|carry on|unpause|keep going|proceed|start again|keep working|pick it up again)(?: it| that| this| the task| working| the work)?(?: with the task| with it)?${OF}|(?:let|make) TASK (?:go on|continue|carry on|resume|keep going|keep working)|TASK (?:can|may|should) (?:go on|continue|carry on|resume|keep going|keep working|be resumed)|pick (?:up TASK|TASK (?:back )?up)(?: again)?(?: where (?:it|you|they|we) left off)?|pick up where (?:you|it|we|they) left off|(?:get|set) TASK (?:going|moving|running|working)(?: again)?|wake TASK(?: up)?|(?:get )?back to work(?: on TASK)?|take up TASK(?: again)?|start TASK (?:again|back up)|(?:keep|carry) (?:at it|on|going)(?: (?:on|with) TASK)?|let (?:it|them|him|her) (?:go on|continue|carry on|resume|keep going|keep working)|un-?freeze TASK|TASK can (?:proceed|go on)|take TASK off (?:hold|pause)|(?:tell|ask) TASK to (?:go on|continue|carry on|keep going)`,
    ),
    rule(
      'undo',
      `(?:oh )?(?:no,? )?(?:undo|revert|roll back|rollback|take back|reverse)(?: it| that| this| what you did|(?: (?:the|that|this|your) (?:last |latest )?(?:merge|change|changes|one|thing|step)))?${OF}|(?:oh )?(?:no,? )?(?:take|roll) (?:it|that|this|TASK) back|(?:undo|revert|roll back|rollback|take back|reverse) (?:${ASKED}|the merge (?:of|from|for) TASK|the merged change (?:of|from) TASK|TASK's (?:merge|change|changes))|(?:take|pull|roll|get|back|rip|kick) (?:TASK|it|that|(?:the|that) (?:last |latest )?(?:merge|change|changes)(?: (?:of|from) TASK)?) (?:back|out)(?: again| out)?|un-?merge(?: TASK| it| that)?|back out(?: of)? (?:TASK|it|that|(?:the|that) (?:last |latest )?(?:merge|change)(?: (?:of|from|for) TASK)?)|(?:take|pull|get|rip|kick) (?:TASK|(?:the|that) (?:last |latest )?(?:merge|merged change|change|changes|work)(?: (?:of|from|for) TASK)?|what TASK (?:did|changed|merged)) (?:back )?out(?: of (?:main|master|the main branch|it|there))?|(?:undo|revert|reverse|roll back|get rid of) what TASK (?:did|changed|merged)|(?:undo|revert|reverse|roll back|take back) the (?:change|changes|work|merge) (?:that )?TASK (?:merged|made|did|brought in)|(?:i )?want (?:TASK|the merge(?: of TASK)?) (?:undone|reverted|rolled back|taken back|gone)|(?:undo|revert|reverse) my last (?:merge|approval|yes)`,
    ),
    rule(
      'checkpoint',
      "(?:(?:make|take|save|create|set|do|set up|i want|i need|i'd like|give me|let's have|let's make|let's take) (?:a |me a |a new |another |a quick )?)?(?:checkpoint|snapshot|save point|restore point)(?: of (?:everything|it all|the project|the state|the current state|this|this state|where we are))?(?:(?:,|:)? (?<words1>(?:before|after|for) (?!we |i |you |it |they ).+)|(?:,|:)?(?: and)? (?:named|called|call it|name it|with the name|under the name|as) (?<words2>.+)|: ?(?<words3>.+))?",
    ),
    rule(
      'checkpoint',
      '(?:snapshot|bookmark|checkpoint|save) (?:this|it|that|here)(?: state| point| moment)? (?:as|under|and call it|and name it|called|with the name) (?<words2>.+)|(?:snapshot|bookmark) (?:this|it|here)|(?:save|keep|snapshot|store|back up) (?:everything|it all|where we are|things as they are|my work|(?:the|this|our) (?:current )?(?:state|version|progress|point)(?: of (?:things|everything|the project))?|everything as it is)(?:,? (?:as|under(?: the name)?|called|and call it|and name it) (?<words1>.+))?',
    ),
    rule('restore', `${BACK_TO}${AS_IT_WAS}(?: the)? CHECKPOINT|bring CHECKPOINT back`),
    rule(
      'restore',
      `${BACK_TO}(?: how (?:it|things|everything) (?:was|were))?(?: the)?(?: (?:checkpoint|state|point))? (?<words1>(?:before|after) (?!you |we |i |it |they |that |this |what ).+)|${BACK_TO}(?: the)? (?:checkpoint|snapshot|save point|state)(?: (?:named|called|with the name|we called|i called))? (?!called |named |please|again|now|we |i |you |that |it |of |before |after )(?<words2>.+)|${BACK_TO}(?: the)? (?:checkpoint|snapshot|save point|state) (?:named|called|with the name|we called|i called) (?<words4>.+)|${BACK_TO} the (?!last|latest|previous|earlier|old|older|first|newest|most recent)(?<words3>.+) (?:checkpoint|snapshot)`,
    ),
    rule('restore', '(?:restore|go back to|return to|roll back to) (?:a|the|the last|the latest|an earlier|an old|the previous|my last) checkpoint'),
    rule(
      'new',
      "(?:(?:i have|i've got|here's|here is|there's|there is|let's have|next up|give it|put in|put up|set up|file) )?(?:(?:start|create|add|make|open|begin|queue)(?: me)? )?(?:a |an |one )?(?:new|another) task(?: for (?:you|it))?(?:[:,.]| to| that should| which should)?(?: please)? (?<words>.{3,})",
    ),
    rule('new', '(?:start|create|make|open|begin|queue) a task(?:[:,.]| to| that should| which should)? (?<words>.{3,})'),
    rule(
      'tell',
      "(?:(?:tell|inform|message|remind|ask|instruct|advise)(?: the)?(?: agent (?:of|on|for|working on))? TASK(?:'s agent)?|let(?: the agent (?:of|on))? TASK(?:'s agent)? know)[:,.]?(?: to| that)? (?<words>.{2,})|say to TASK[:,.]?(?: that)? (?<words2>.{2,})|(?:a |another )?(?:message|note|hint|word|reminder|info) (?:for|to) TASK[:,.] ?(?<words3>.{2,})|(?:for|to|hey) TASK[:,] (?<words4>.{2,})|(?:give|send|pass) TASK (?:a |the )?(?:message|note|hint)[:,.]?(?: to| that)? (?<words5>.{2,})",
    ),
    rule(
      'since',
      `(?:(?:tell|show)(?: me)? )?what(?:'s| has| have| is| was| did| got)?(?: i| you| we| they)?(?: (?:happened|happen|been happening|been going on|gone on|new|changed|miss|missed|been done|got done|do|done|finished))(?: here)? (?<words>(?:${PERIOD})\\b.*)`,
    ),
    rule(
      'since',
      "what happened|what (?:did i|have i|i) miss(?:ed)?|what is new|what's new|(?:catch me up|fill me in)(?: on (?<words>(?!what i missed|everything |all |things ).+))?|(?:catch me up|fill me in) on what i missed|bring me up to (?:date|speed)",
    ),
    rule(
      'since',
      `(?:(?:show|tell|give)(?: me)? )?(?:(?:a |the )?(?:quick |short |brief )?(?:summary|rundown|recap|digest)|what happened|what's new|everything|the news) (?!of everything|of what)(?<words>(?:since|of the|of (?!what i missed)|from|in the).+)|(?:(?:show|tell|give)(?: me)? )?(?:a |the |an )?(?:quick |short |brief )?(?:summary|rundown|recap|digest|overview|report|update|news)(?: of| on)? (?:everything(?: that happened)?|(?:what's|what has|all that's) been (?:done|going on|happening|merged)|what got done|what happened|all that happened|what's new|what i missed|all|things|anything new) (?<words3>(?:${PERIOD})\\b.*)|(?:did|has|have|is|was)(?: there)?(?: been)? (?:anything|something|much)(?: (?:new|important|interesting|else))?(?: (?:happen|happened|been happening|change|changed|gone on|get done|new))? (?<words4>(?:${PERIOD})\\b.*)|anything (?:new|happen|happened|done|interesting) (?<words5>(?:${PERIOD})\\b.*)|(?:catch me up|fill me in|bring me up to (?:date|speed)|update me)(?: on (?:everything|all|what happened|things|it all))? (?<words6>(?:${PERIOD})\\b.*)|what (?:got|was|has been|did you get|have you|has the team|did the agents|have the agents) (?:done|do|finished|merged|changed|happened) (?<words7>(?:${PERIOD})\\b.*)|(?:(?:show|tell|give)(?: me)? )?(?:a |the )?(?:quick |short |brief )?(?:summary|rundown|recap|digest)(?: of what (?:i missed|happened))?`,
    ),
  ],
  small:
    "i you he she it we they me him her us them my your his its our their a an the this that these those and or but if so as to of for on in at by with from into out up down over about is are was were be been being am do does did done doing have has had can could will would should may might must let's what's that's it's i'm you're there here now then still yet just only also too very really quite some any all none nothing anything something everything what who where when why how which not no yes well back again more left around after before one ones thing things guys people get got go going".split(
      ' ',
    ),
  verbs:
    'approve allow deny reject stop halt abort pause resume continue undo revert restore merge discard cancel kill confirm checkpoint tell diff status'.split(
      ' ',
    ),
}
